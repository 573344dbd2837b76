"""Which shops may install us."""

import pytest
from pytest_django import Settings

from saleor_loyalty.entrypoints.install.allow_list import ProhibitedUrl, check


@pytest.mark.parametrize(
    ("pattern", "api_url"),
    [
        ("https://shop.example/graphql/", "https://shop.example/graphql/"),
        ("https://*.saleor.cloud/graphql/", "https://my-shop.eu.saleor.cloud/graphql/"),
        ("http://127.0.0.1:*/graphql/", "http://127.0.0.1:8000/graphql/"),
        ("http://[::1]:8000/graphql/", "http://[::1]:8000/graphql/"),
    ],
)
def test_a_shop_that_is_named_may(settings: Settings, pattern: str, api_url: str) -> None:
    settings.ALLOWED_SALEOR_URLS = ["https://other.example/graphql/", pattern]

    check(api_url)


@pytest.mark.parametrize(
    ("pattern", "api_url"),
    [
        ("https://shop.example/graphql/", "https://shop-example/graphql/"),
        ("https://shop.example/graphql/", "http://shop.example/graphql/"),
        ("https://shop.example/graphql/", "https://shop.example:444/graphql/"),
        ("https://*.saleor.cloud/graphql/", "https://saleor.cloud/graphql/"),
        ("https://*.saleor.cloud/graphql/", "https://evil.example:1.saleor.cloud/graphql/"),
        ("https://*.saleor.cloud/graphql/", "https://x.saleor.cloud.evil.example/graphql/"),
        ("https://*.saleor.cloud/graphql/", "https://x.saleor.cloud:444/graphql/"),
        ("https://*/graphql/", "https://shop.example:444/graphql/"),
        ("http://127.0.0.1:*/graphql/", "http://127.0.0.1:80.evil.example/graphql/"),
        ("http://127.0.0.1:*/graphql/", "http://127.0.0.1:x@evil.example/graphql/"),
        ("*", "https://shop.example/graphql/"),
    ],
)
def test_a_shop_that_is_not_named_may_not(settings: Settings, pattern: str, api_url: str) -> None:
    settings.ALLOWED_SALEOR_URLS = [pattern]

    with pytest.raises(ProhibitedUrl):
        check(api_url)


@pytest.mark.parametrize(
    "api_url",
    [
        "",
        "shop.example",
        "ftp://shop.example/graphql/",
        "https://shop.example/",
        "https://shop.example/graphql/?x=1",
        "https://shop.example/graphql/#x",
        "https://user@shop.example/graphql/",
        "https://user:secret@shop.example/graphql/",
        "https://shop.example:99999/graphql/",
        "https://shop.example/graphql/\n",
        "https://shöp.example/graphql/",
        "https://[zz]/graphql/",
        f"https://{'a' * 250}.example/graphql/",
    ],
)
def test_an_odd_address_is_refused_whatever_is_allowed(settings: Settings, api_url: str) -> None:
    settings.ALLOWED_SALEOR_URLS = [api_url, "https://*/graphql/"]

    with pytest.raises(ProhibitedUrl):
        check(api_url)


@pytest.mark.parametrize(
    "api_url", ["https://Shop.example/graphql/", "https://shop.example:443/graphql/"]
)
def test_one_shop_has_one_address(settings: Settings, api_url: str) -> None:
    settings.ALLOWED_SALEOR_URLS = ["https://*/graphql/", api_url]

    with pytest.raises(ProhibitedUrl, match=r"PUBLIC_URL so that it is https://shop\.example/gr"):
        check(api_url)


def test_nobody_may_until_somebody_is_named_and_the_message_says_how(settings: Settings) -> None:
    settings.ALLOWED_SALEOR_URLS = []

    with pytest.raises(ProhibitedUrl, match=r"ALLOWED_SALEOR_URLS=https://shop\.example/gr"):
        check("https://shop.example/graphql/")
