"""A user's devices: issuing, pairing and revoking their tokens, and what each has sent."""
