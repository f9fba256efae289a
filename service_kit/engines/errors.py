"""The errors that Kafka and Cassandra are reported by: away for now, or without something that we made there."""


class EngineAwayError(Exception):
    """Kafka or Cassandra did not do its part: unreachable, overloaded, too slow, or short of replicas.

    What was asked may or may not have happened; asking again is safe and is what to do.
    """

    def __init__(self, engine: str, cause: str) -> None:
        super().__init__(f"{engine} is away: {cause}")
        self.engine = engine
        self.cause = cause


class StoreIncompleteError(EngineAwayError):
    """The engine answers, and something that we made in it is not there: a table, a column, a right.

    It passes too, when somebody has made it again; until then it is an alarm. `cause` says what is missing.
    """

    def __init__(self, engine: str, cause: str) -> None:
        super().__init__(engine, cause)
        self.args = (f"{engine} is incomplete: {cause}",)
