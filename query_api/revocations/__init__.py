"""What was revoked: kept in Cassandra, then told to everybody on ``ecg.identity.v1``."""
