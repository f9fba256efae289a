"""A group of statements is confirmed when each of them is."""

import asyncio

from service_kit.engines.cassandra.results import Answers


def test_a_statement_that_is_answered_twice_does_not_stand_for_another() -> None:
    async def scenario() -> None:
        answers = Answers(2)
        answers.succeeded([{"first": 1}], 0)
        answers.succeeded([{"second": 1}], 0)
        assert not answers.done.done()
        answers.succeeded(None, 1)
        answers.succeeded([{"late": 1}], 1)
        assert await answers.done == [[{"first": 1}], []]

    asyncio.run(scenario())


def test_an_error_of_one_is_that_of_the_group() -> None:
    async def scenario() -> None:
        answers = Answers(2)
        answers.failed(TimeoutError())
        answers.succeeded(None, 0)
        answers.succeeded(None, 1)
        assert isinstance(answers.done.exception(), TimeoutError)

    asyncio.run(scenario())


def test_nothing_is_confirmed_at_once() -> None:
    async def scenario() -> None:
        assert await Answers(0).done == []

    asyncio.run(scenario())
