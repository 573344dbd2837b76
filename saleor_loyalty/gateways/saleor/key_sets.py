"""Fetch the public keys a shop signs with."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from saleor_loyalty.gateways.saleor import transport
from saleor_loyalty.gateways.saleor.failures import SaleorUnavailable
from saleor_loyalty.gateways.saleor.payloads import parse

KEYS_MAX = 20
_FIELDS = ("kty", "kid", "n", "e")


def fetch_key_set(api_url: str, *, within_s: float | None = None) -> dict[str, Any]:
    """Return the shop's RSA signing keys as a JSON Web Key Set.

    :raises SaleorUnavailable: also if what is there is not a key set.
    :raises SaleorRefused:
    """
    url = urlsplit(api_url)
    request = transport.Request("GET", f"{url.scheme}://{url.netloc}/.well-known/jwks.json")
    answer = transport.send(
        request, is_repeatable=True, within_s=within_s or settings.SALEOR_TIMEOUT_S
    )
    try:
        keys = [_public_part(key) for key in parse(answer.body)["keys"] if key["kty"] == "RSA"]
    except (ValueError, KeyError, TypeError) as error:
        raise SaleorUnavailable("Saleor shows no signing keys.") from error
    if not keys or answer.status != 200:
        raise SaleorUnavailable("Saleor shows no signing keys.")
    return {"keys": keys[:KEYS_MAX]}


def _public_part(key: dict[str, str]) -> dict[str, str]:
    if not all(isinstance(key[name], str) and len(key[name]) <= 4096 for name in _FIELDS):
        raise ValueError("not an RSA key")
    return {name: key[name] for name in _FIELDS}
