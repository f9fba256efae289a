"""E-mail addresses as login names: one spelling each, so that an address is taken once whoever types it."""

import email_validator

# Addresses here are names and never written to: a hospital's .local is as good as localhost or a full domain.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()


def normalised(address: str) -> str:
    """The address in lower case and Unicode NFC. Raises ValueError when it is none."""
    try:
        checked = email_validator.validate_email(
            address, check_deliverability=False, globally_deliverable=False
        )
    except email_validator.EmailNotValidError:
        raise ValueError("not an e-mail address") from None
    return checked.normalized.lower()
