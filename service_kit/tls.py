"""TLS towards the engines, by files that may be renewed while a service runs; and what is said where it fails."""

import logging
import ssl

from schemas import tls

_log = logging.getLogger(__name__)

_Files = tuple[str | None, str | None, str | None]
_last: dict[_Files, ssl.SSLContext] = {}


def context(ca_file: str | None, certificate_file: str | None, key_file: str | None) -> ssl.SSLContext:
    """As `schemas.tls.context`, of the files as they are now; of what they last were while they cannot be read.

    Each client that connects asks for one, so that what was renewed holds from its next connection on.
    """
    files = ca_file, certificate_file, key_file
    try:
        _last[files] = tls.context(*files)
    except OSError as error:
        if files not in _last:
            raise
        told = {"cause": type(error).__name__}
        _log.error("the files for TLS cannot be read, going on by what they were", extra=told)
    return _last[files]


def check(settings: str, ca_file: str | None, certificate_file: str | None, key_file: str | None) -> None:
    """Raise ValueError, with what is wrong of the settings whose names begin so, where these files make no TLS."""
    certificate, key = f"{settings}_CERTIFICATE_FILE", f"{settings}_KEY_FILE"
    if certificate_file is None and key_file is not None:
        raise ValueError(f"{certificate} should name the certificate of {key}")
    try:
        context(ca_file, None, None)
    except OSError:
        raise ValueError(f"{settings}_CA_FILE should hold certificates, as PEM") from None
    try:
        context(ca_file, certificate_file, key_file)
    except OSError:
        wanted = f"{certificate} should hold a certificate, and {key} or the same file its key"
        raise ValueError(f"{wanted}, as PEM without a passphrase") from None


def failure(error: BaseException) -> str | None:
    """What went wrong with TLS, in words for operators; None: that was not it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not believed: {error.verify_message.rstrip('.')}"
    if isinstance(error, ssl.SSLError):
        said = (getattr(error, "reason", None) or type(error).__name__).replace("_", " ").lower()
        # The other side's word, by different names in different versions.
        if "alert" in said and ("certificate" in said or "unknown ca" in said):
            return f"it wants a certificate that it believes: {said}"
        return f"TLS failed: {said}"
    return None
