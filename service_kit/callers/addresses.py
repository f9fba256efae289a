"""Tells whose a connection is by its address, for what is shared out before anybody has said who they are.

A proxy speaks for many, and its own limits for each of them are better informed: its address owns nothing. What it says
in ``X-Forwarded-For`` of whom it speaks for is believed where the connection is a proxy's, and of nobody else.
"""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.datastructures import Headers
from starlette.types import Scope

Network = IPv4Network | IPv6Network

# What a household or a site is given of IPv6: whoever has one address of it has them all.
_IPV6_SITE_BITS = 64
_REMEMBERED = 4096
# More proxies than stand behind one another anywhere.
_MOST_HOPS = 8


class Addresses:
    """Tells owners by their addresses, passing over `proxies`."""

    def __init__(self, proxies: Sequence[Network]) -> None:
        self._proxies = proxies
        self.owner = lru_cache(_REMEMBERED)(self._owner)

    def caller(self, scope: Scope) -> str | None:
        """Who sent a request, through whatever proxies; None where a proxy does not say, or it is no address.

        Where all are in the networks of proxies, as callers of a private network may be, it is the farthest.
        """
        client = scope.get("client")
        hops = [] if client is None else [client[0]]
        if client is not None and self.owner(client[0]) is None:
            # Each appends whom it was asked by: what stands before the last that is no proxy may be made up.
            sent = Headers(scope=scope).getlist("x-forwarded-for")
            hops += reversed([hop.strip() for line in sent for hop in line.split(",")][-_MOST_HOPS:])
        for hop in hops:
            owner = self.owner(hop)
            if owner is not None or not _is_address(hop):
                return owner
        return _site(ip_address(hops[-1])) if len(hops) > 1 else None

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
        return _site(address)


def _site(address: IPv4Address | IPv6Address) -> str:
    """Whoever has the address has this."""
    if isinstance(address, IPv6Address):
        return str(ip_network((address, _IPV6_SITE_BITS), strict=False))
    return str(address)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
