"""How a route of this API asks who calls: by an access token, of which its documents tell where to get one."""

from schemas.claims import Scope
from service_kit.callers.authentication import RequireScope

SIGN_IN_PATH = "/v1/token"


def require(*scopes: Scope) -> RequireScope:
    """A dependency: the claims of a caller whose token carries one of `scopes`; without any: any user's own token."""
    return RequireScope(*scopes, token_url=SIGN_IN_PATH)
