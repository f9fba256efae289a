"""By what program a request was sent, as far as that can be told without repeating what was sent."""

import re
from functools import lru_cache

from starlette.types import Scope

_HEADER = b"user-agent"
# RFC 9110, product: the first one of the header. Whatever else stands there could be anything.
_PRODUCT = re.compile(rb"[A-Za-z][A-Za-z0-9._+-]{0,39}(?:/[A-Za-z0-9.+-]{1,24})?(?= |$)")
_REMEMBERED = 4096


def agent_of(scope: Scope) -> str | None:
    """Name and version of the program, such as ``curl/8.5.0``; None where it does not say so in this form."""
    for name, value in scope["headers"]:
        if name == _HEADER:
            return _product(value)
    return None


@lru_cache(_REMEMBERED)
def _product(header: bytes) -> str | None:
    found = _PRODUCT.match(header)
    return None if found is None else found[0].decode()
