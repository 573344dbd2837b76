"""Signing: access tokens, webhook signatures, and the key set to check them with."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Literal

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicNumbers,
    generate_private_key,
)

from .apps import App
from .people import User

LIFETIME = timedelta(minutes=5)
KEY_BITS = 2048
OWNER = "saleor"

TokenType = Literal["access", "refresh", "thirdparty"]


class InvalidToken(Exception):
    """Not one of our tokens, or no longer one; `code` is what callers are told."""

    def __init__(self, message: str, code: str = "InvalidTokenError") -> None:
        super().__init__(message)
        self.code = code


def claims_to_be_ours(token: str) -> bool:
    """Tell whether a token pretends to be from a Saleor: others are not looked at."""
    try:
        unverified = jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return False
    return unverified.get("owner") == OWNER


def _encoded(number: int) -> str:
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def public_jwk(numbers: RSAPublicNumbers) -> dict[str, str]:
    """Return the public key as Saleor publishes it, named by its RFC 7638 thumbprint."""
    required = {"e": _encoded(numbers.e), "kty": "RSA", "n": _encoded(numbers.n)}
    canonical = json.dumps(required, separators=(",", ":"), sort_keys=True).encode()
    digest = hashlib.sha256(canonical).digest()
    kid = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return {**required, "kid": kid, "use": "sig", "alg": "RS256"}


class Signer:
    """The shop's one key. Rotating it replaces it at once, as in Saleor."""

    def __init__(self, issuer: str, private_key_pem: str | None = None) -> None:
        self.issuer = issuer
        self._lock = threading.Lock()
        self._install(_load(private_key_pem) if private_key_pem else _generate())

    def _install(self, key: RSAPrivateKey) -> None:
        jwk = public_jwk(key.public_key().public_numbers())
        with self._lock:
            self._current = key, jwk

    def rotate(self) -> None:
        """Replace the key by a new one."""
        self._install(_generate())

    def jwks(self) -> dict[str, Any]:
        """Return the published key set: exactly one key."""
        return {"keys": [self._current[1]]}

    def sign(self, body: bytes) -> str:
        """Return the detached signature of a webhook's raw body."""
        key, jwk = self._current
        return jwt.PyJWS().encode(
            body,
            key,
            algorithm="RS256",
            headers={"kid": jwk["kid"], "crit": ["b64"], "b64": False},
            is_payload_detached=True,
        )

    def _issue(self, user: User, kind: TokenType, **claims: Any) -> str:
        issued = datetime.now(UTC)
        key, jwk = self._current
        payload = {
            "iat": issued,
            "owner": OWNER,
            "iss": self.issuer,
            "exp": issued + LIFETIME,
            "token": user.token_key,
            "email": user.email,
            "type": kind,
            "user_id": user.id,
            "is_staff": user.is_staff,
            **claims,
        }
        return jwt.encode(payload, key, algorithm="RS256", headers={"kid": jwk["kid"]})

    def access_token(self, user: User) -> str:
        """Return what somebody who logged in shows."""
        return self._issue(user, "access")

    def refresh_token(self, user: User) -> str:
        """Return what keeps somebody logged in; no good for anything else."""
        return self._issue(user, "refresh")

    def app_token(self, user: User, app: App) -> str:
        """Return what the Dashboard hands to an app on behalf of a member of staff."""
        claims: dict[str, Any] = {
            "app": app.id,
            "permissions": sorted(app.granted & user.permissions),
            "user_permissions": sorted(user.permissions),
        }
        if app.audience:
            claims["aud"] = app.audience
        return self._issue(user, "thirdparty", **claims)

    def claims(self, token: str) -> dict[str, Any]:
        """Return the claims of one of our tokens.

        :raises InvalidToken: if it is none.
        """
        key, _ = self._current
        try:
            return dict(
                jwt.decode(
                    token,
                    key.public_key(),
                    algorithms=["RS256"],
                    options={"verify_aud": False},
                )
            )
        except jwt.InvalidTokenError as error:
            raise InvalidToken(str(error), type(error).__name__) from error


def token_owner(claims: dict[str, Any], users: Iterable[User]) -> User:
    """Return the person a token speaks for.

    :raises InvalidToken: if they are gone, locked out, or made the token void.
    """
    for user in users:
        if user.email == claims["email"]:
            if user.is_active and user.token_key == claims["token"]:
                return user
            break
    raise InvalidToken("This token is void: log in again.")


def _generate() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=KEY_BITS)


@cache
def _load(pem: str) -> RSAPrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("The private key must be an RSA key.")
    return key
