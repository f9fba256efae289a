"""The audit trail: who did and saw what. Entries go to disk, to ``ecg.audit.v1``, and to tables to be read."""
