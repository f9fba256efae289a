"""Cassandra: prepared statements, the ring they are asked on, and what of the tables is missing."""
