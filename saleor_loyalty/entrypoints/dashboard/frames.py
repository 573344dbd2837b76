"""Who may show our pages in a frame: the shop's own Dashboard, and settings.DASHBOARD_ORIGINS."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse

from saleor_loyalty.installations.queries import shop_by_api_url

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " form-action 'none'; base-uri 'none'; frame-ancestors"
)


def framed(response: HttpResponse, *, api_url: str) -> HttpResponse:
    """Let the Dashboard of the shop at `api_url`, if we know it, show the response."""
    origins = ["'self'", *settings.DASHBOARD_ORIGINS]
    if api_url and shop_by_api_url(api_url):
        # Shops in the cloud serve their Dashboard beside their API.
        url = urlsplit(api_url)
        origins.append(f"{url.scheme}://{url.netloc}")
    response["Content-Security-Policy"] = f"{_POLICY} {' '.join(origins)}"
    response["Cache-Control"] = "no-store"
    return response
