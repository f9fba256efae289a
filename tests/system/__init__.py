"""Tests on real engines: nothing in here stands in for Kafka or Cassandra."""
