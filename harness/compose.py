"""docker-compose.yml as data, and whether Docker is here to run it."""

import re
import shutil
import subprocess
from functools import cache
from typing import Any

import yaml

from infra.paths import REPOSITORY

COMPOSE_FILE = REPOSITORY / "docker-compose.yml"
# The innermost first.
_VARIABLE = re.compile(r"\$\{\w+:-(?P<default>[^${}]*)\}")
_ASK_LIMIT_SECONDS = 10.0


@cache
def services() -> dict[str, dict[str, Any]]:
    """The services by name, as the file has them where no variable is set."""
    text = COMPOSE_FILE.read_text(encoding="utf-8")
    while _VARIABLE.search(text):
        text = _VARIABLE.sub(lambda found: found["default"], text)
    found: dict[str, dict[str, Any]] = yaml.safe_load(text)["services"]
    return found


@cache
def docker_answers() -> bool:
    """Whether there is a Docker daemon."""
    if shutil.which("docker") is None:
        return False
    command = ["docker", "version", "--format", "{{.Server.Version}}"]
    try:
        return (
            subprocess.run(command, capture_output=True, timeout=_ASK_LIMIT_SECONDS, check=False).returncode
            == 0
        )
    except subprocess.TimeoutExpired:
        return False
