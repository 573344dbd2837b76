"""Count every HTTP request, and log those that somebody may have to look at."""

import logging
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from saleor_loyalty.observability import metrics

SLOW_SECONDS = 1.0
METHODS = {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}

logger = logging.getLogger(__name__)


def log_requests(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Django middleware. Lines of what went well and fast appear at LOG_LEVEL=DEBUG only."""

    def answer(request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = get_response(request)
        seconds = time.perf_counter() - started
        # Only names from our own lists become labels: callers could make up any number of others.
        route = request.resolver_match.route if request.resolver_match else "unknown"
        method = request.method if request.method in METHODS else "other"
        status = response.status_code
        metrics.http_request(route=route, method=str(method), status=status, seconds=seconds)
        level = logging.INFO if status >= 400 or seconds >= SLOW_SECONDS else logging.DEBUG
        # Without the query: it may carry what people typed.
        logger.log(level, "%s %s %d %.0f ms", method, request.path, status, seconds * 1000)
        return response

    return answer
