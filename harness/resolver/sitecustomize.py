"""A name service for processes that have this folder on their path: names lead where a file says, at each question."""

import json
import os
import socket
from pathlib import Path
from typing import Any

_resolve = socket.getaddrinfo
_names = Path(os.environ["NAMES_FILE"]) if "NAMES_FILE" in os.environ else None


def _getaddrinfo(host: Any, *arguments: Any, **named: Any) -> Any:
    assert _names is not None
    return _resolve(json.loads(_names.read_text()).get(host, host), *arguments, **named)


if _names is not None:
    socket.getaddrinfo = _getaddrinfo
