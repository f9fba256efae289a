"""Write the OpenAPI documents as they are with every setting at its default."""

import json
from pathlib import Path

import ingest_api.main
import ingest_api.settings
import query_api.main
import query_api.settings
from docs.openapi.merging import merged

FOLDER = Path(__file__).parent


def rendered() -> dict[str, str]:
    """The text of each document, by file name."""
    # Constructed, not read: what the environment says must not end up in a committed file.
    ingest = ingest_api.main.create_app(ingest_api.settings.Settings.model_construct()).openapi()
    query = query_api.main.create_app(query_api.settings.Settings.model_construct()).openapi()
    documents = {"ingest.json": ingest, "query.json": query, "merged.json": merged(ingest, query)}
    return {
        name: json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        for name, document in documents.items()
    }


def main() -> None:
    """The command."""
    for name, text in rendered().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
