"""Our application without the door before Django, and a plain view of a balance beside it."""

from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db.models import Q
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.utils import timezone

application = get_wsgi_application()
settings.ROOT_URLCONF = __name__

# After Django is set up: these modules need its settings.
from saleor_loyalty import urls  # noqa: E402
from saleor_loyalty.entrypoints.api import auth  # noqa: E402
from saleor_loyalty.installations.queries import shop_by_api_url  # noqa: E402
from saleor_loyalty.ledger.models import Lot  # noqa: E402

_COLUMNS = ("available", "pending", "held", "owed", "expires_at")
_OPEN = Q(pending__gt=0) | Q(available__gt=0) | Q(held__gt=0) | Q(owed__gt=0)


def balance(request: HttpRequest) -> JsonResponse:
    """Answer what `{ me { balance } }` answers, as anybody would write it."""
    at = timezone.now()
    shop = shop_by_api_url(request.headers["Saleor-Api-Url"])
    assert shop
    caller = auth.verify_customer(request.headers["Authorization-Bearer"], shop, at=at)
    lots = Lot.objects.filter(_OPEN, member_id=caller.member_id).values(*_COLUMNS)
    counting = [lot for lot in lots if lot["expires_at"] is None or lot["expires_at"] > at]
    expiring = [lot for lot in counting if lot["expires_at"] and lot["available"]]
    following: dict[str, Any] | None = min(
        expiring, key=lambda lot: lot["expires_at"], default=None
    )
    answer = {
        "available": sum(lot["available"] for lot in counting),
        "pending": sum(lot["pending"] for lot in counting),
        "held": sum(lot["held"] for lot in lots),
        "debt": sum(lot["owed"] for lot in lots),
        "nextExpiry": following
        and {"points": following["available"], "at": following["expires_at"].isoformat()},
    }
    return JsonResponse({"data": {"me": {"balance": answer}}})


urlpatterns = [path("plain-balance/", balance), *urls.urlpatterns]
