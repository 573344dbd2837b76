"""Which shops may install us: those that settings.ALLOWED_SALEOR_URLS names."""

import re
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

URL_CHARACTERS_MAX = 255
_DEFAULT_PORTS = {"https": 443, "http": 80}


class ProhibitedUrl(Exception):
    """The shop may not install us; the message says what to change."""


def check(api_url: str) -> None:
    """Check that a shop with this API address may install us.

    :raises ProhibitedUrl:
    """
    normal = _normal(api_url)
    if api_url != normal:
        raise ProhibitedUrl(
            f"Saleor calls itself {api_url}; set its PUBLIC_URL so that it is {normal}"
        )
    if not settings.ALLOWED_SALEOR_URLS:
        raise ProhibitedUrl(
            "No shop may install this app yet. Whoever runs it has to name the shop in the"
            f" environment: ALLOWED_SALEOR_URLS={api_url}"
        )
    if not any(_matches(pattern, api_url) for pattern in settings.ALLOWED_SALEOR_URLS):
        raise ProhibitedUrl(
            f"The shop {api_url} may not install this app. Whoever runs it has to add the address"
            " to ALLOWED_SALEOR_URLS."
        )


def _normal(api_url: str) -> str:
    """Return the one way to write this address."""
    try:
        url = urlsplit(api_url)
        port = url.port
    except ValueError as error:
        raise ProhibitedUrl("Saleor's address cannot be read.") from error
    if len(api_url) > URL_CHARACTERS_MAX or not _is_plain(url):
        raise ProhibitedUrl("Saleor's address must look like https://shop.example/graphql/")
    host = f"[{url.hostname}]" if ":" in str(url.hostname) else url.hostname
    place = f":{port}" if port and port != _DEFAULT_PORTS[url.scheme] else ""
    return f"{url.scheme}://{host}{place}/graphql/"


def _is_plain(url: SplitResult) -> bool:
    """Tell whether it is a scheme, a host, perhaps a port, and Saleor's path; nothing else."""
    return (
        url.scheme in _DEFAULT_PORTS
        and bool(re.fullmatch(r"[\w.-]+|[0-9a-f:.]+", url.hostname or "", re.ASCII))
        and "@" not in url.netloc
        and url.path == "/graphql/"
        and not (url.query or url.fragment)
    )


def _matches(pattern: str, api_url: str) -> bool:
    """Compare with a pattern; its * stands for characters of a host name, or of a port."""
    expression = re.escape(pattern).replace(r":\*/", r":\d+/").replace(r"\*", r"[a-zA-Z0-9.-]+")
    return re.fullmatch(expression, api_url) is not None
