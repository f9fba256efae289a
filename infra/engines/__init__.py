"""Kafka and Cassandra as child processes: their jars, the Java they need, and how each is configured."""
