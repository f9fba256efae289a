"""E-mail addresses as login names: one spelling each, so that an address is taken once whoever types it.

Two that look alike are one user or refused. Wide letters and the like are folded (Unicode's NFKC), and what then is not
ASCII before the ``@`` is refused: letters of other scripts that look like Latin ones cannot be told from them in a list
(Unicode Technical Standard 39). A domain is kept as the name system has it, in which ``bücher.example`` is
``xn--bcher-kva.example``, and a Cyrillic look-alike does not look alike.
"""

import unicodedata

import email_validator

# Addresses here are names and never written to: a hospital's .local is as good as localhost or a full domain.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()


def normalised(address: str) -> str:
    """The address in ASCII and lower case. Raises ValueError when it is none."""
    try:
        checked = email_validator.validate_email(
            unicodedata.normalize("NFKC", address),
            allow_smtputf8=False,
            check_deliverability=False,
            globally_deliverable=False,
        )
    except email_validator.EmailNotValidError:
        raise ValueError("not an e-mail address, or not in ASCII before the @") from None
    if checked.ascii_email is None:
        raise ValueError("not an e-mail address, or not in ASCII before the @")
    return checked.ascii_email.lower()
