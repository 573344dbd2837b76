"""A shop's public keys."""

import pytest
from loopback import LoopbackServer

from saleor_loyalty.gateways.saleor.client import SaleorUnavailable
from saleor_loyalty.gateways.saleor.key_sets import KEYS_MAX, fetch_key_set

KEY = {"kty": "RSA", "kid": "one", "n": "AQAB", "e": "AQAB"}


def test_keys_are_fetched_beside_the_api_without_what_we_do_not_need() -> None:
    content = {"keys": [KEY | {"d": "private!", "use": "sig"}, {"kty": "EC", "kid": "two"}]}
    with LoopbackServer(lambda _path, _body: (200, content)).running() as saleor:
        keys = fetch_key_set(f"{saleor.url}/graphql/")

    assert keys == {"keys": [KEY]}
    assert saleor.asked == ["/.well-known/jwks.json"]


@pytest.mark.parametrize(
    "content",
    [[], {}, {"keys": []}, {"keys": 7}, {"keys": [7]}, {"keys": [KEY | {"n": 7}]},
     {"keys": [KEY | {"n": "x" * 5000}]}],
)  # fmt: skip
def test_what_is_not_a_key_set_counts_as_not_there(content: object) -> None:
    server = LoopbackServer(lambda _path, _body: (200, content))
    with server.running() as saleor, pytest.raises(SaleorUnavailable, match="no signing keys"):
        fetch_key_set(f"{saleor.url}/graphql/")


def test_only_so_many_keys_are_kept() -> None:
    content = {"keys": [KEY | {"kid": str(number)} for number in range(100)]}
    with LoopbackServer(lambda _path, _body: (200, content)).running() as saleor:
        assert len(fetch_key_set(f"{saleor.url}/graphql/")["keys"]) == KEYS_MAX
