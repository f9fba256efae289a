"""How long a password has to be, of whatever characters (NIST SP 800-63B, section 3.1.1.2)."""

LEAST_CHARACTERS = 12
# More than any phrase; what is longer costs bytes and adds nothing.
MOST_CHARACTERS = 1024


def broken_rule(password: str) -> str | None:
    """What is wrong with it as a new password, which does not repeat it; None: nothing."""
    if len(password) < LEAST_CHARACTERS:
        return f"should have at least {LEAST_CHARACTERS} characters"
    if len(password) > MOST_CHARACTERS:
        return f"should have at most {MOST_CHARACTERS} characters"
    return None
