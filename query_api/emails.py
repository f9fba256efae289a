"""E-mail addresses as login names: one spelling each, so that an address is taken once whoever types it."""

import email_validator

# Addresses here are names and never written to. Hospitals' networks do use .local; tests use .test.
_RESERVED = [name for name in email_validator.SPECIAL_USE_DOMAIN_NAMES if name not in ("local", "test")]
email_validator.SPECIAL_USE_DOMAIN_NAMES[:] = _RESERVED


def normalised(address: str) -> str:
    """The address in lower case and Unicode NFC. Raises ValueError when it is none."""
    try:
        checked = email_validator.validate_email(address, check_deliverability=False)
    except email_validator.EmailNotValidError:
        raise ValueError("not an e-mail address") from None
    return checked.normalized.lower()
