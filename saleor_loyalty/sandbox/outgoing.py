"""How the sandbox calls apps: with Saleor's time-outs, and never following a redirect."""

import ssl
from functools import cache

import httpx

TIMEOUT = httpx.Timeout(18.0, connect=2.0)


@cache
def _tls() -> ssl.SSLContext:
    # Reading the machine's certificates takes longer than most calls: once is enough.
    return httpx.create_ssl_context()


def new_client() -> httpx.Client:
    """Return a client of its own connections."""
    return httpx.Client(timeout=TIMEOUT, follow_redirects=False, verify=_tls())
