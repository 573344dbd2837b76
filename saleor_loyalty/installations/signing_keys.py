"""The public keys that prove a message comes from a shop."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import RSAAlgorithm

from saleor_loyalty.gateways.saleor.client import SaleorRefused, SaleorUnavailable
from saleor_loyalty.gateways.saleor.key_sets import fetch_key_set
from saleor_loyalty.installations import operations, queries
from saleor_loyalty.installations.queries import Shop

# A stranger can name a key that does not exist; what that costs the shop is limited.
REFETCH_WAIT = timedelta(minutes=1)
REFETCH_TIMEOUT_S = 5.0
KEYS_READ_MAX = 512


class UnknownKey(Exception):
    """The shop has no signing key of that name."""


def signing_key(shop: Shop, *, kid: str, at: datetime) -> RSAPublicKey:
    """Return the shop's public key named `kid`.

    An unknown name has the shop's keys fetched again, at most once a minute for all processes.

    :raises UnknownKey: if the shop does not have it.
    :raises SaleorUnavailable: if it may have it, but its keys could not be fetched.
    """
    if key := _find(shop.jwks, kid):
        return key
    if operations.claim_key_refetch(installation_id=shop.id, at=at, wait=REFETCH_WAIT):
        operations.remember_keys(installation_id=shop.id, jwks=_fetch(shop), at=at)
    jwks, is_current = queries.stored_keys(shop.id)
    if key := _find(jwks, kid):
        return key
    if not is_current:
        raise SaleorUnavailable("The shop's signing keys could not be fetched a moment ago.")
    raise UnknownKey(kid[:64])


def _fetch(shop: Shop) -> dict[str, Any]:
    try:
        return fetch_key_set(shop.api_url, within_s=REFETCH_TIMEOUT_S)
    except SaleorRefused as error:
        # Wrong now, but nothing that the message we are asked about could help.
        raise SaleorUnavailable(str(error)) from error


def _find(jwks: Mapping[str, Any], kid: str) -> RSAPublicKey | None:
    for entry in jwks["keys"]:
        if entry["kid"] == kid:
            return _public_key(entry["n"], entry["e"])
    return None


@lru_cache(maxsize=KEYS_READ_MAX)
def _public_key(n: str, e: str) -> RSAPublicKey:
    key = RSAAlgorithm.from_jwk({"kty": "RSA", "n": n, "e": e})
    assert isinstance(key, RSAPublicKey), "a modulus and an exponent are a public key"
    return key
