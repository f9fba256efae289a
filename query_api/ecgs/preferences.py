"""``Prefer: wait=N`` (RFC 7240): how long a client would wait for its answer."""

import re
from collections.abc import Iterable

_WAIT = re.compile(r'wait\s*=\s*("?)(\d{1,9})\1\s*(?:;.*)?', re.IGNORECASE | re.ASCII)


def wait_seconds(headers: Iterable[str], longest: int) -> int:
    """The seconds to wait: the first that the ``Prefer`` headers ask for, `longest` at most; 0 for none.

    What is not understood is passed over, as RFC 7240 has it: a preference is never an error.
    """
    for header in headers:
        for preference in header.split(","):
            found = _WAIT.fullmatch(preference.strip())
            if found:
                return min(int(found[2]), longest)
    return 0
