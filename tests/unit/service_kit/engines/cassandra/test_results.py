"""A group of statements is confirmed when each of them is."""

import asyncio

from service_kit.engines.cassandra.results import Results


def test_a_statement_that_is_answered_twice_does_not_stand_for_another() -> None:
    async def scenario() -> None:
        results = Results(2)
        results.succeeded([{"first": 1}], 0)
        results.succeeded([{"second": 1}], 0)
        assert not results.done.done()
        results.succeeded(None, 1)
        results.succeeded([{"late": 1}], 1)
        assert await results.done == [[{"first": 1}], []]

    asyncio.run(scenario())


def test_an_error_of_one_is_that_of_the_group() -> None:
    async def scenario() -> None:
        results = Results(2)
        results.failed(TimeoutError())
        results.succeeded(None, 0)
        results.succeeded(None, 1)
        assert isinstance(results.done.exception(), TimeoutError)

    asyncio.run(scenario())


def test_nothing_is_confirmed_at_once() -> None:
    async def scenario() -> None:
        assert await Results(0).done == []

    asyncio.run(scenario())
