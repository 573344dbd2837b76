"""The door for Saleor's webhooks.

It stands before Django's request cycle, because accepting is the busiest path of the service and
needs none of it. Under Django's own server or test client the same door is reached as a view.
"""

import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from saleor_loyalty.entrypoints.webhooks.receive import Delivery, receive
from saleor_loyalty.entrypoints.webhooks.wake import wake_worker
from saleor_loyalty.observability import metrics

PATH = "/api/webhooks/saleor/"


def wsgi_webhook(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer a delivery: a WSGI application for POST requests below PATH."""
    size = _size(environ.get("CONTENT_LENGTH"))
    if size > settings.WEBHOOK_BODY_BYTES_MAX:
        # Not even read.
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    else:
        delivery = Delivery(
            api_url=environ.get("HTTP_SALEOR_API_URL", ""),
            event=environ.get("HTTP_SALEOR_EVENT", ""),
            signature=environ.get("HTTP_SALEOR_SIGNATURE", ""),
            body=environ["wsgi.input"].read(size) if size else b"",
        )
        status = _receive(delivery)
    start_response(f"{status.value} {status.phrase}", [("Content-Length", "0")])
    return ()


@csrf_exempt
@require_POST
def webhook(request: HttpRequest, name: str) -> HttpResponse:
    """Answer a delivery as a Django view."""
    headers = request.headers
    if _size(headers.get("Content-Length")) > settings.WEBHOOK_BODY_BYTES_MAX:
        return HttpResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    delivery = Delivery(
        api_url=headers.get("Saleor-Api-Url", ""),
        event=headers.get("Saleor-Event", ""),
        signature=headers.get("Saleor-Signature", ""),
        body=request.read(),
    )
    return HttpResponse(status=_receive(delivery))


def _size(content_length: str | None) -> int:
    return int(content_length) if content_length and content_length.isdecimal() else 0


def _receive(delivery: Delivery) -> HTTPStatus:
    started = time.perf_counter()
    status = receive(delivery, at=timezone.now())
    if status is HTTPStatus.OK:
        wake_worker()
    metrics.webhook_received(str(status.value), time.perf_counter() - started)
    return status
