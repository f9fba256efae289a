"""Kafka and Cassandra from an event loop: one kind of error for "not now", and how long to wait after it."""
