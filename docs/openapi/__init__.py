"""The OpenAPI documents of both APIs, and of the two as one.

Generated from the code, committed, and checked by the unit tests.

``python -m docs.openapi`` writes them.
"""
