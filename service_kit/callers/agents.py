"""By what program a request was sent, as far as that can be told without repeating what was sent."""

import re

from starlette.types import Scope

_HEADER = b"user-agent"
# RFC 9110, product: the first one of the header. Whatever else stands there could be anything.
_PRODUCT = re.compile(rb"[A-Za-z][A-Za-z0-9._+-]{0,39}(?:/[A-Za-z0-9.+-]{1,24})?(?= |$)")


def agent_of(scope: Scope) -> str | None:
    """Name and version of the program, such as ``curl/8.5.0``; None where it does not say so in this form."""
    for name, value in scope["headers"]:
        if name == _HEADER:
            found = _PRODUCT.match(value)
            return None if found is None else found[0].decode()
    return None
