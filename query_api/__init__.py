"""Users, login, keys, and each user's own insights: every read takes its owner from the token."""
