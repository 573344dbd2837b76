"""The doors Saleor uses when a shop installs us."""

import json
import logging
import re
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from saleor_loyalty.entrypoints.install.manifest import manifest, saleor_version
from saleor_loyalty.entrypoints.install.registration import Refusal, register

logger = logging.getLogger(__name__)

_TOKEN = re.compile(r"[\x21-\x7e]{1,2048}")


@require_safe
@never_cache
def show_manifest(request: HttpRequest) -> HttpResponse:
    """Answer with the manifest, its addresses those of APP_URL or else of the request."""
    base_url = settings.APP_URL or request.build_absolute_uri("/").rstrip("/")
    version = saleor_version(request.headers.get("Saleor-Schema-Version", ""))
    return JsonResponse(manifest(base_url, saleor=version))


@csrf_exempt
@require_POST
def accept_token(request: HttpRequest) -> HttpResponse:
    """Register the shop that sends us its token, or say why not."""
    try:
        api_url = request.headers.get("Saleor-Api-Url", "")
        register(api_url=api_url, token=_token(request), at=timezone.now())
    except Refusal as refusal:
        logger.warning("a shop was not installed: %s", refusal.code)
        return _refused(refusal)
    except (DatabaseError, InterfaceError):
        logger.exception("a shop was not installed")
        unready = "The app cannot reach its own database just now. Try again in a minute."
        return _refused(Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "APL_NOT_CONFIGURED", unready))
    logger.info("a shop was installed")
    return JsonResponse({"success": True})


def _token(request: HttpRequest) -> str:
    try:
        token = json.loads(request.body)["auth_token"]
    except RequestDataTooBig as error:
        too_large = "The request is too large."
        raise Refusal(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "REQUEST_TOO_LARGE", too_large
        ) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _bad_request() from error
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise _bad_request()
    return token


def _bad_request() -> Refusal:
    return Refusal(
        HTTPStatus.BAD_REQUEST,
        "BAD_REQUEST",
        'Only Saleor calls this address, with a JSON object {"auth_token": "…"}. To install the'
        " app, give Saleor the address of its manifest: /api/manifest",
    )


def _refused(refusal: Refusal) -> JsonResponse:
    """Answer in the words of Saleor's app-sdk; Saleor shows the message to who installs."""
    error = {"code": refusal.code, "message": str(refusal)}
    return JsonResponse({"success": False, "error": error}, status=refusal.status)
