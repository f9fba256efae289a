"""Which TLS is spoken to the engines."""

import ssl

from schemas import tls


def test_each_cipher_authenticates_and_has_a_key_of_its_own_for_each_connection() -> None:
    offered = tls.context(None).get_ciphers()
    assert offered
    for cipher in offered:
        assert cipher["aead"], cipher["name"]
        assert cipher["protocol"] == "TLSv1.3" or cipher["kea"] == "kx-ecdhe", cipher["name"]
    assert offered[0]["protocol"] == "TLSv1.3"


def test_certificates_and_names_are_asked_for_and_old_versions_are_not_spoken() -> None:
    made = tls.context(None)
    assert made.check_hostname
    assert made.verify_mode is ssl.CERT_REQUIRED
    assert made.minimum_version is ssl.TLSVersion.TLSv1_2
