"""Accounts and rights in Kafka, by requests that the client library has inside or lacks."""
