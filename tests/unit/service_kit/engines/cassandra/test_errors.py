"""What a failure of Cassandra's means to whoever asked."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from cassandra import OperationTimedOut, Unauthorized

from service_kit.engines.cassandra.errors import judged
from service_kit.engines.errors import EngineAwayError, StoreIncompleteError


def test_what_a_closed_driver_says_is_that_it_is_away() -> None:
    """It asks another node in a thread of its own, whose pool has ended where its ring was left for another one."""
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    with pytest.raises(RuntimeError) as raised:
        pool.submit(print)
    assert type(judged(raised.value, "ecg")) is EngineAwayError


def test_what_passes_and_what_does_not() -> None:
    assert type(judged(OperationTimedOut(), "ecg")) is EngineAwayError
    assert type(judged(Unauthorized(), "ecg")) is StoreIncompleteError
    for error in (RuntimeError("of ours"), ValueError(), RecursionError()):
        assert judged(error, "ecg") is error
