"""Whose a connection is, by its address."""

import pytest

from service_kit.addresses import Addresses, networks

PROXIES = "192.0.2.7, 10.0.0.0/8,2001:db8:5::/48"


@pytest.mark.parametrize(
    ("host", "owner"),
    [
        ("192.0.2.8", "192.0.2.8"),
        ("::ffff:192.0.2.8", "192.0.2.8"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("192.0.2.7", None),
        ("::ffff:192.0.2.7", None),
        ("10.1.2.3", None),
        ("2001:db8:5:1::9", None),
        ("testclient", None),
    ],
)
def test_an_address_is_an_owner_and_a_proxy_is_none(host: str, owner: str | None) -> None:
    assert Addresses(networks(PROXIES)).owner(host) == owner


@pytest.mark.parametrize("listed", ["proxy.example", "10.0.0.1/8", "10.0.0.0/40", "10"])
def test_what_is_no_network_is_refused(listed: str) -> None:
    with pytest.raises(ValueError, match=listed[:2]):
        networks(listed)
