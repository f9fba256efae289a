"""Waits grow to the cap, never end and never fall in step."""

from itertools import islice

from service_kit.engines.backoff import backoff


def test_waits_double_up_to_the_cap_and_never_pass_it() -> None:
    for nth, wait in enumerate(islice(backoff(0.1, 5.0), 40)):
        ceiling = min(0.1 * 2**nth, 5.0)
        assert ceiling / 2 <= wait <= ceiling


def test_two_who_wait_do_not_wait_alike() -> None:
    assert list(islice(backoff(), 5)) != list(islice(backoff(), 5))
