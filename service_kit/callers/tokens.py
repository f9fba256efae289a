"""Whether a token is good, and what it says of its holder: judged with public keys, and by what was revoked."""

import logging
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from jwt.types import Options

from schemas.claims import ALGORITHM, MAX_TOKEN_SECONDS, Claims, TokenUse
from schemas.identity import PublicKey, Signs
from schemas.problems import UnauthenticatedError, UnavailableError
from service_kit.callers.revocations import Revocations
from service_kit.callers.token_life import UntimelyError, Why, believed_until
from service_kit.log_limits import LogLimit
from service_kit.metrics import TOKENS_REFUSED

_log = logging.getLogger(__name__)

# A verification costs 0.1 ms; a device that posts all day pays it once a token.
_REMEMBERED_TOKENS = 4096
_USE: dict[Signs, TokenUse] = {"sign-in": "access", "devices": "device"}
_OPTIONS: Options = {
    "require": ["sub", "exp", "iat", "iss", "aud", "jti"],
    # `believed_until` judges these, and says by how much they are wrong.
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}
# Every token expires. One of the future is a clock that is wrong, here or where it was signed; one that wants to live
# for longer than any was signed by nobody who should have the key.
_LEVELS: dict[Why, int] = {
    "expired": logging.INFO,
    "not_yet_valid": logging.WARNING,
    "too_long": logging.WARNING,
}
_DETAILS: dict[Why, str] = {
    "expired": "the token has expired",
    "not_yet_valid": "the token is not valid yet: the clock that gave it is {seconds} s ahead of the one here",
    "too_long": "the token claims a longer life than any is given",
}


class TokenVerifier:
    """Believes a token that one of its keys signed, for this issuer and audience, until it expires or is revoked.

    `revocations`: what was; to be kept up by whoever made this.
    """

    def __init__(self, *, issuer: str, audience: str) -> None:
        self._issuer = issuer
        self._audience = audience
        self.revocations = Revocations()
        self._public: Mapping[str, PublicKey] = {}
        self._keys: Mapping[str, Ed25519PublicKey] = {}
        self._believed: OrderedDict[str, tuple[Claims, float]] = OrderedDict()
        self._told = LogLimit()

    @property
    def keys(self) -> Mapping[str, PublicKey]:
        """The keys that are believed, by their ids."""
        return self._public

    def believe(self, keys: Iterable[PublicKey]) -> None:
        """Believe what these have signed from now on, and nothing else: not what was believed a moment ago."""
        public = {key.kid: key for key in keys}
        if public != self._public:
            self._keys = {
                kid: Ed25519PublicKey.from_public_bytes(key.jwk.raw()) for kid, key in public.items()
            }
            self._public = public
            self._believed.clear()

    @property
    def has_keys(self) -> bool:
        """Whether any token could be believed at all."""
        return bool(self._keys)

    def verify(self, token: str) -> Claims:
        """The claims of `token`. Raises UnauthenticatedError, which does not say more than it must, and
        UnavailableError while it is not known what was revoked.
        """
        if not self.revocations.complete:
            raise UnavailableError("what was revoked has not been read yet", retry_after=1)
        remembered = self._believed.get(token)
        if remembered is not None and time.time() < remembered[1]:
            claims = remembered[0]
        else:
            claims, until = self._decode(token)
            self._believed[token] = claims, until
            if len(self._believed) > _REMEMBERED_TOKENS:
                self._believed.popitem(last=False)
        if self.revocations.end(claims):
            raise _refused("revoked", "the token was revoked")
        return claims

    def _decode(self, token: str) -> tuple[Claims, float]:
        try:
            kid = _kid(token)
            decoded = jwt.decode(
                token,
                self._keys[kid],
                algorithms=[ALGORITHM],
                issuer=self._issuer,
                audience=self._audience,
                options=_OPTIONS,
            )
            use = _USE[self._public[kid].signs]
            until = believed_until(decoded, time.time(), longest=MAX_TOKEN_SECONDS[use])
            claims = Claims.from_jwt(decoded)
            if claims.use != use:
                raise ValueError("signed by a key for other tokens")
            return claims, until
        except UntimelyError as untimely:
            raise self._untimely(untimely) from None
        except KeyError:
            # A key that was withdrawn, or one that has not come here yet.
            raise _refused("unknown_key", "the token is not valid here") from None
        except (jwt.InvalidTokenError, ValueError, OverflowError):
            raise _refused("invalid", "the token is not valid here") from None

    def _untimely(self, untimely: UntimelyError) -> UnauthenticatedError:
        times = self._told.count(untimely.why)
        if times:
            _log.log(
                _LEVELS[untimely.why],
                "a token was refused because of time",
                extra={"reason": untimely.why, "seconds": round(untimely.seconds, 1), "times": times},
            )
        return _refused(untimely.why, _DETAILS[untimely.why].format(seconds=round(untimely.seconds)))


def _kid(token: str) -> str:
    header = jwt.get_unverified_header(token)
    if "kid" not in header:
        raise jwt.InvalidTokenError
    return str(header["kid"])


def _refused(reason: str, detail: str) -> UnauthenticatedError:
    TOKENS_REFUSED.labels(reason).inc()
    return UnauthenticatedError(detail)
