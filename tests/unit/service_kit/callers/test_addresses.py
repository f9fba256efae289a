"""Whose a connection is, by its address."""

from ipaddress import ip_network

import pytest

from service_kit.callers.addresses import Addresses

PROXIES = [ip_network(one) for one in ("192.0.2.7", "10.0.0.0/8", "2001:db8:5::/48")]


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
    assert Addresses(PROXIES).owner(host) == owner


@pytest.mark.parametrize(
    ("peer", "told", "caller"),
    [
        ("192.0.2.8", [], "192.0.2.8"),
        # Nobody else is believed about whom they speak for.
        ("192.0.2.8", ["198.51.100.1"], "192.0.2.8"),
        ("10.1.2.3", ["198.51.100.1"], "198.51.100.1"),
        ("10.1.2.3", ["203.0.113.9, 198.51.100.1"], "198.51.100.1"),
        ("10.1.2.3", ["203.0.113.9, 198.51.100.1, 10.9.9.9"], "198.51.100.1"),
        ("10.1.2.3", ["198.51.100.1", "10.9.9.9"], "198.51.100.1"),
        ("10.1.2.3", ["203.0.113.9, unknown"], None),
        ("10.1.2.3", [], None),
        # Callers may have addresses of the networks that proxies have, and are told apart all the same.
        ("10.1.2.3", ["10.9.9.9"], "10.9.9.9"),
        ("10.1.2.3", ["10.8.8.8, 10.9.9.9"], "10.8.8.8"),
        ("10.1.2.3", ["2001:db8:5:1::9"], "2001:db8:5:1::/64"),
        ("10.1.2.3", ["203.0.113.9" + ", 10.9.9.9" * 8], "10.9.9.9"),
    ],
)
def test_a_proxy_says_whom_it_speaks_for(peer: str, told: list[str], caller: str | None) -> None:
    headers = [(b"x-forwarded-for", line.encode()) for line in told]
    scope = {"type": "http", "client": (peer, 1234), "headers": headers}
    assert Addresses(PROXIES).caller(scope) == caller
