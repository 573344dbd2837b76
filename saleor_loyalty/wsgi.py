"""The web application: webhooks first, Django for the rest."""

from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

_django = get_wsgi_application()

# After Django is set up: these modules need its settings.
from saleor_loyalty.entrypoints.webhooks.views import PATH, wsgi_webhook  # noqa: E402


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer one request."""
    if environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"].startswith(PATH):
        return wsgi_webhook(environ, start_response)
    answer: Iterable[bytes] = _django(environ, start_response)
    return answer
