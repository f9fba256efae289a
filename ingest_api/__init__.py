"""Takes ECGs over HTTP and has Kafka keep them: authenticate, read, validate, publish, 202.

Kafka is all it needs.
"""
