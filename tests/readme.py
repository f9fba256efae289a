"""The README as data: its code blocks, its tables of settings and its links."""

import re

from infra.paths import REPOSITORY

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The fenced blocks of one language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def settings() -> dict[str, str]:
    """The default of each documented setting as it is written, by variable."""
    return {name: default for table in tables_of_settings() for name, default in table.items()}


def tables_of_settings() -> list[dict[str, str]]:
    """The same by table: of the services, of `make` and the tests, of the `ecg` command."""
    tables = [
        dict(re.findall(r"^\| `(ECG_\w+)` \| (.*?) \|", part, re.MULTILINE)) for part in README.split("\n\n")
    ]
    return [table for table in tables if table]


def links() -> list[str]:
    """Targets inside this repository."""
    return [target for target in re.findall(r"\]\(([^)]+)\)", README) if not target.startswith("http")]
