"""The doors of our pages in Saleor's Dashboard.

The Dashboard opens a page with GET and hands over the token in a handshake between frames, or
posts the token right away. Either way the token comes with the request for content, never in an
address, and nothing rests on cookies.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from saleor_loyalty.entrypoints.dashboard.frames import framed
from saleor_loyalty.entrypoints.dashboard.pages import NEEDS, PAGES
from saleor_loyalty.entrypoints.dashboard.viewers import Denied, viewer

_GLOBAL_ID = re.compile(r"[A-Za-z0-9+/=_-]{1,64}")
_SUBJECTS = ("customerId", "orderId", "voucherId")

#: A token, and what the page is about.
BODY_BYTES_MAX = 64 * 1024


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, name: str = "overview") -> HttpResponse:
    """Answer a page: an empty one that will ask for its content, or a posted one in full."""
    _check_name(name)
    if request.method == "POST":
        # Before the form is read: Django's own limit does not count files.
        if int(request.META.get("CONTENT_LENGTH") or 0) > BODY_BYTES_MAX:
            return HttpResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        sent = request.POST
        api_url = sent.get("saleorApiUrl", "")
        response = _content(
            request, name, api_url=api_url, token=sent.get("accessToken", ""), sent=sent
        )
    else:
        api_url = request.GET.get("saleorApiUrl", "")
        theme = "dark" if "dark" in request.GET.get("theme", "").lower() else "light"
        facts = {"name": name, "api_url": api_url, "theme": theme, "subject": _subject(request.GET)}
        response = render(request, "dashboard/frame.html", facts)
    return framed(response, api_url=api_url)


@require_safe
def content(request: HttpRequest, name: str) -> HttpResponse:
    """Answer what goes into a page that was opened empty; the token is in a header."""
    _check_name(name)
    api_url = request.headers.get("Saleor-Api-Url", "")
    token = request.headers.get("Authorization-Bearer", "")
    response = _content(request, name, api_url=api_url, token=token, sent=request.GET)
    return framed(response, api_url=api_url)


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """Say what this service is, and what it keeps."""
    return framed(render(request, "dashboard/about.html"), api_url="")


def _content(
    request: HttpRequest, name: str, *, api_url: str, token: str, sent: Mapping[str, str]
) -> HttpResponse:
    subject = _subject(sent)
    try:
        who = viewer(
            api_url=api_url, token=token, need=NEEDS[name], subject=subject, at=timezone.now()
        )
    except Denied as denied:
        facts = {"message": str(denied)}
        return render(request, "dashboard/denied.html", facts, status=denied.status)
    return render(request, f"dashboard/{name}.html", PAGES[name](who))


def _subject(sent: Mapping[str, str]) -> dict[str, str]:
    return {name: sent[name] for name in _SUBJECTS if _GLOBAL_ID.fullmatch(sent.get(name, ""))}


def _check_name(name: str) -> None:
    if name not in PAGES:
        raise Http404
