"""Write the documents, or with ``--check`` only say which are out of date."""

import argparse
import json
import sys
from pathlib import Path

from schemas.documents.asyncapi import document
from schemas.documents.standalone import standalone_schemas

_FOLDER = Path(__file__).parent


def rendered() -> dict[str, str]:
    """The text of every document, by file name."""
    documents = {"asyncapi.json": document()} | standalone_schemas()
    return {
        name: json.dumps(content, indent=2, ensure_ascii=False) + "\n" for name, content in documents.items()
    }


def outdated(folder: Path) -> list[str]:
    """The names of documents in `folder` that are missing, no longer true or no longer wanted."""
    wanted = rendered()
    present = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    return sorted(name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name))


def write(folder: Path) -> None:
    """Make `folder` hold the documents and no other."""
    wanted = rendered()
    for path in folder.glob("*.json"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8")


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m schemas.documents", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail where one is out of date")
    if not parser.parse_args().check:
        write(_FOLDER)
        return 0
    stale = outdated(_FOLDER)
    if stale:
        print(f"out of date: {', '.join(stale)}; run python -m schemas.documents", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
