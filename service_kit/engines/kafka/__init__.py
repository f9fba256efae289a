"""Kafka: publishing, topics that are followed, and the questions that its client library has no words for."""
