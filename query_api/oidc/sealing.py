"""What a browser carries between the steps of a sign-in, so that no copy of this service has to remember it.

Nobody can read it, change it, or make it: Fernet, by a key of the keys' folder. It says when it was made.
"""

from pathlib import Path
from typing import TypeVar

import msgspec
from cryptography.fernet import Fernet, InvalidToken

from query_api.key_files import read_or_make

_KEY_FILE = "oidc.key"
# A password, a second factor, and a person who looks for it.
BEGUN_SECONDS = 600
# An application trades its code at once; so does the provider want it.
CODE_SECONDS = 60


class Begun(msgspec.Struct, frozen=True, tag="begun"):
    """A sign-in under way, in a cookie. `state`, `nonce`, `verifier`: towards the provider; the rest: what the
    application sent, where the browser goes in the end.
    """

    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    challenge: str
    scope: str
    application_state: str | None


class Code(msgspec.Struct, frozen=True, tag="code"):
    """A code of this service's: the provider's own, which is good once, and what it takes to trade it."""

    provider_code: str
    nonce: str
    verifier: str
    redirect_uri: str
    challenge: str
    scope: str


Carried = TypeVar("Carried", Begun, Code)


class Seals:
    """Seals and opens. Raises OSError, when made, where the key cannot be used."""

    def __init__(self, folder: Path) -> None:
        self._fernet = Fernet(read_or_make(folder / _KEY_FILE, Fernet.generate_key))

    def seal(self, carried: Begun | Code) -> str:
        """As text for a URL or a cookie."""
        return self._fernet.encrypt(msgspec.json.encode(carried)).decode()

    def open(self, text: str, kind: type[Carried], seconds: int) -> Carried:
        """What was sealed, of this kind, so long ago at most. Raises ValueError."""
        try:
            return msgspec.json.decode(self._fernet.decrypt(text, ttl=seconds), type=kind)
        except (InvalidToken, msgspec.MsgspecError):
            raise ValueError("not sealed here, or too long ago") from None
