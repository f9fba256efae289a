"""The one kind of failure that passes by itself."""


class EngineAwayError(Exception):
    """Kafka or Cassandra did not do its part: unreachable, overloaded, too slow, or short of replicas.

    What was asked may or may not have happened; asking again is safe and is what to do.
    """

    def __init__(self, engine: str, cause: str) -> None:
        super().__init__(f"{engine} is away: {cause}")
        self.engine = engine
