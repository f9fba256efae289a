"""From uploads to insights: a Faust agent that counts, stores and publishes, at least once and
idempotently."""
