"""Both APIs as one document, for a proxy that serves them at one address."""

import json
from typing import Any

# For those who run the services; the proxy does not let them in.
_OPERATIONS = "operations"
# Where the query API is in examples, and where both are with the proxy in front.
_QUERY_URL, _URL = "http://127.0.0.1:8002", "http://127.0.0.1:8080"
_ABOUT = """
One address for both APIs: `POST /v1/ecgs` takes ECGs, `GET /v1/limits` says how large they may be, everything else
is about users and what was counted.

"""


def merged(ingest: dict[str, Any], query: dict[str, Any]) -> dict[str, Any]:
    """What clients may call of the two. No schema's name means one thing here and another there."""
    ingest = json.loads(json.dumps(ingest).replace(_QUERY_URL, _URL))
    schemas = ingest["components"]["schemas"] | query["components"]["schemas"]
    paths: dict[str, dict[str, Any]] = {}
    for document in (ingest, query):
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                if _OPERATIONS not in operation.get("tags", ()):
                    paths.setdefault(path, {})[method] = operation
    return {
        **query,
        "info": {
            "title": "ECG insights",
            "version": query["info"]["version"],
            "description": _ABOUT + query["info"]["description"].strip(),
        },
        "paths": paths,
        "components": {**query["components"], "schemas": schemas},
    }
