"""The dependency by which a route holds each user to their rate, and tells them what is left of it."""

from typing import cast

from fastapi import Request

from schemas.problems import TooManyRequestsError
from service_kit.callers.authentication import TokenState, sender
from service_kit.callers.rates import RateLimiter


class CallerState(TokenState):
    """What the lifespan of a service with callers gives to every request: who they are, and how fast they may ask."""

    rates: RateLimiter


async def limit_rate(request: Request) -> None:
    """Count the request for its sender. Raises TooManyRequestsError, or as `sender` does where nobody is believed.

    To be asked for by a router before anything that its routes ask: what is forbidden is counted as well.
    """
    allowance = cast("Request[CallerState]", request).state["rates"].take(sender(request.scope).user_id)
    request.state.answer_headers = allowance.headers
    if allowance.retry_after is not None:
        raise TooManyRequestsError(
            "this user has sent more requests than are taken", retry_after=allowance.retry_after
        )
