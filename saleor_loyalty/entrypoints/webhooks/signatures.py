"""Saleor signs a webhook's raw body with a detached JWS (RFC 7797, RS256)."""

from datetime import datetime

import jwt
from jwt.api_jws import PyJWS

from saleor_loyalty.installations.queries import Shop
from saleor_loyalty.installations.signing_keys import UnknownKey, signing_key

_SIGNATURE_BYTES_MAX = 4096
_jws = PyJWS(algorithms=["RS256"])


class BadSignature(Exception):
    """The body was not signed by this shop."""


def verify(body: bytes, signature: str, *, shop: Shop, at: datetime) -> None:
    """Check that `shop` signed `body`, byte for byte.

    :raises BadSignature: if it did not; this is final.
    :raises SaleorUnavailable: if the shop's new key could not be fetched now.
    """
    if not signature or len(signature) > _SIGNATURE_BYTES_MAX:
        raise BadSignature("no signature")
    try:
        header = jwt.get_unverified_header(signature)
        if header.get("alg") != "RS256" or header.get("b64") is not False:
            raise BadSignature("not a detached RS256 signature")
        key = signing_key(shop, kid=str(header.get("kid", "")), at=at)
        _jws.decode_complete(signature, key, algorithms=["RS256"], detached_payload=body)
    except (jwt.InvalidTokenError, UnknownKey, ValueError, TypeError, RecursionError) as error:
        raise BadSignature(type(error).__name__) from error
