"""The connections that one process holds at once, shared by address: so that nobody keeps everybody else out."""

from service_kit.callers.addresses import Addresses
from service_kit.callers.shares import Shares


class ConnectionLimit:
    """At most `limit` connections; of one address as many as it leaves free."""

    def __init__(self, limit: int, addresses: Addresses) -> None:
        self._addresses = addresses
        self._shares = Shares(limit, "connections")

    def take(self, client: tuple[str, int] | None) -> None:
        """Take a place. Raises TooManyRequestsError or UnavailableError where there is none for this caller."""
        self._shares.take(self._owner(client))

    def give_back(self, client: tuple[str, int] | None) -> None:
        """Give back a place that was taken."""
        self._shares.give_back(self._owner(client))

    def _owner(self, client: tuple[str, int] | None) -> str | None:
        return None if client is None else self._addresses.owner(client[0])
