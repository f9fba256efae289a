"""``POST /v1/token`` for who was signed in by the provider: for a browser's code, or for a token of the provider's."""

from fastapi import Request, Response

from query_api.metrics import PROVIDER_LOGINS
from query_api.oidc.calls import ProviderAwayError
from query_api.oidc.judging import ProviderTokenRefusedError
from query_api.users.by_provider import SignInsByProvider
from query_api.users.forms import CodeGrant, Exchange
from query_api.users.provided import Provided, ProvidedRefusedError
from query_api.users.services import UserServices
from query_api.users.tokens import exchange_answer, scopes_of, sign, token_answer
from schemas.audit import Action
from schemas.claims import MAX_TOKEN_MINUTES
from schemas.problems import InvalidError, RuleError

# Of a session that does not go on: longer than its token lives.
_EXCHANGED_SECONDS = MAX_TOKEN_MINUTES * 60


async def grant_by_provider(request: Request, services: UserServices, sent: CodeGrant | Exchange) -> Response:
    """A token of ours. Raises ProviderTokenRefusedError, ProvidedRefusedError and ProviderAwayError."""
    provider = services.by_provider
    if provider is None:
        raise InvalidError([RuleError("there is no provider of sign-ins here", pointer="/grant_type")])
    action: Action = "user.sign_in_by_provider" if isinstance(sent, CodeGrant) else "user.exchange_token"
    try:
        provided, asked = await _provided(provider, sent)
    except (ProviderTokenRefusedError, ProvidedRefusedError) as refused:
        PROVIDER_LOGINS.labels("refused").inc()
        whose = refused.user_id if isinstance(refused, ProvidedRefusedError) else None
        services.record_refusals(action, request, "failure", whose)
        raise
    except ProviderAwayError:
        PROVIDER_LOGINS.labels("away").inc()
        services.record_refusals(action, request, "failure", None)
        raise
    for done in provided.done:
        services.record(done, request, None, provided.user.id)
    exchanged = isinstance(sent, Exchange)
    going = await services.sessions.begin(
        provided.user,
        scopes_of(provided.user, asked),
        seconds=_EXCHANGED_SECONDS if exchanged else provider.seconds,
    )
    signed = sign(services, going)
    services.record(action, request, signed.claims, provided.user.id)
    PROVIDER_LOGINS.labels("granted").inc()
    return exchange_answer(going, signed) if exchanged else token_answer(going, signed)


async def _provided(provider: SignInsByProvider, sent: CodeGrant | Exchange) -> tuple[Provided, str]:
    """Who it is, and the scopes that were asked for."""
    if isinstance(sent, Exchange):
        person = await provider.flow.person_of_token(sent.subject_token)
        return await provider.users.user_of(person), sent.scope
    person, scope = await provider.flow.person_of_code(sent.code, sent.code_verifier, sent.redirect_uri)
    return await provider.users.user_of(person), scope
