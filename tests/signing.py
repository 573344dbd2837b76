"""A shop's signing key, as Saleor would have one."""

import json
from base64 import urlsafe_b64encode
from datetime import datetime
from hashlib import sha256
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm


class SigningKey:
    """An RSA key with Saleor's way of naming (RFC 7638) and using it."""

    def __init__(self) -> None:
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        jwk = {name: public[name] for name in ("e", "kty", "n")}
        thumbprint = sha256(json.dumps(jwk, sort_keys=True, separators=(",", ":")).encode())
        self.kid = urlsafe_b64encode(thumbprint.digest()).rstrip(b"=").decode()
        self.jwks = {"keys": [jwk | {"kid": self.kid, "use": "sig", "alg": "RS256"}]}

    def sign(self, body: bytes, **header: Any) -> str:
        """Return the detached JWS of a webhook's body."""
        head = {"alg": "RS256", "b64": False, "crit": ["b64"], "kid": self.kid, "typ": "JWT"}
        return jwt.PyJWS().encode(
            body, self.private, algorithm="RS256", headers=head | header, is_payload_detached=True
        )

    def token(self, **claims: Any) -> str:
        """Return a JWT with these claims."""
        return jwt.encode(claims, self.private, algorithm="RS256", headers={"kid": self.kid})


def event_body(
    event: str, order: dict[str, Any] | None, *, app_id: str, issued_at: datetime, **more: Any
) -> bytes:
    """Return the body of an order event as Saleor renders it."""
    content = {"__typename": event, "issuedAt": issued_at.isoformat(), "recipient": {"id": app_id},
               "order": order} | more  # fmt: skip
    return json.dumps(content, default=float).encode()
