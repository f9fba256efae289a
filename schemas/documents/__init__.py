"""The events as documents that other languages and tools read: AsyncAPI 3, JSON Schemas, the Arrow fields.

Generated from the code beside them, committed, and checked: ``python -m schemas.documents`` writes them,
``python -m schemas.documents --check`` fails where one no longer says what the code does.
"""
