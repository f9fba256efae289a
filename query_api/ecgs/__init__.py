"""A user's own ECGs: one of them, now or as soon as it is there, and the two lists."""
