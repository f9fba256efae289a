"""Tells whose a connection is by its address, for what is shared out before anybody has said who they are.

A proxy speaks for many, and its own limits for each of them are better informed: its address owns nothing.
"""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

# What a household or a site is given of IPv6: whoever has one address of it has them all.
_IPV6_SITE_BITS = 64
_REMEMBERED = 4096


class Addresses:
    """Tells owners by their addresses, passing over `proxies`."""

    def __init__(self, proxies: Sequence[Network]) -> None:
        self._proxies = proxies
        self.owner = lru_cache(_REMEMBERED)(self._owner)

    def _owner(self, host: str) -> str | None:
        """Who shares what there is with others, as far as the address tells; None: a proxy, or no address."""
        try:
            address = ip_address(host)
        except ValueError:
            return None
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if any(address in network for network in self._proxies):
            return None
        if isinstance(address, IPv6Address):
            return str(ip_network((address, _IPV6_SITE_BITS), strict=False))
        return str(address)
