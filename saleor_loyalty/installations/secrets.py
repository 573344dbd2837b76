"""Shops' tokens at rest: encrypted with the first of settings.ENCRYPTION_KEYS, read with any."""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class UnreadableSecret(Exception):
    """None of settings.ENCRYPTION_KEYS opens it."""

    def __init__(self) -> None:
        super().__init__(
            "A stored token cannot be read: add the key it was encrypted with to ENCRYPTION_KEYS,"
            " or install the app into the shop again."
        )


def encrypt(secret: str) -> bytes:
    """Return the secret, readable with ENCRYPTION_KEYS only."""
    return _keys().encrypt(secret.encode())


def decrypt(stored: bytes) -> str:
    """Return a secret that `encrypt` made.

    :raises UnreadableSecret:
    """
    try:
        return _keys().decrypt(stored).decode()
    except InvalidToken as error:
        raise UnreadableSecret from error


def rotate(stored: bytes) -> bytes:
    """Return the same secret encrypted with the first key.

    :raises UnreadableSecret:
    """
    try:
        return _keys().rotate(stored)
    except InvalidToken as error:
        raise UnreadableSecret from error


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.ENCRYPTION_KEYS])
