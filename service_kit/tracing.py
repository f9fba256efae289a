"""W3C trace context: one id that follows an upload through every service and event.

Source: https://www.w3.org/TR/trace-context/.
"""

import re
import secrets

_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)


def continued(received: str | None) -> str:
    """A traceparent for this hop: of the received trace where there is one, else of a new trace."""
    if received is not None and _TRACEPARENT.fullmatch(received):
        return f"{received[:36]}{secrets.token_hex(8)}{received[52:]}"
    drawn = secrets.token_hex(24)
    return f"00-{drawn[:32]}-{drawn[32:]}-01"


def trace_id_of(traceparent: str) -> str:
    """The trace id of a traceparent."""
    return traceparent[3:35]
