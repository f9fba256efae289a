"""The OpenAPI documents of both APIs: generated from the code, committed, and checked by the unit tests.

``python -m docs.openapi`` writes them.
"""
