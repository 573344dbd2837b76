"""Who looks at a page, and at what."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from django.utils.translation import gettext

from saleor_loyalty.entrypoints.api.auth import NotAuthenticated, NotPermitted, verify_staff
from saleor_loyalty.gateways.saleor.client import SaleorUnavailable
from saleor_loyalty.installations.queries import Shop, shop_by_api_url


class Denied(Exception):
    """The page is not shown; the message tells the person why, in their language."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Viewer:
    """A member of the shop's staff, and what the Dashboard says they look at."""

    shop: Shop
    # Ids such as customerId. Nobody signed them: look them up within the shop only.
    subject: Mapping[str, str]
    at: datetime


def viewer(
    *, api_url: str, token: str, need: str, subject: Mapping[str, str], at: datetime
) -> Viewer:
    """Return the viewer, if the token is that of staff of the shop who hold permission `need`.

    :raises Denied:
    """
    shop = shop_by_api_url(api_url)
    if shop is None or not shop.is_active:
        raise Denied(HTTPStatus.NOT_FOUND, gettext("This shop has not installed Loyalty."))
    try:
        verify_staff(token, shop, need=[need], at=at)
    except NotAuthenticated as error:
        again = gettext("Saleor did not say who you are. Reload the page, or sign in again.")
        raise Denied(HTTPStatus.UNAUTHORIZED, again) from error
    except NotPermitted as error:
        ask = gettext("Ask for the permission %(permission)s to see this.") % {"permission": need}
        raise Denied(HTTPStatus.FORBIDDEN, ask) from error
    except SaleorUnavailable as error:
        later = gettext("The shop cannot be reached just now. Try again in a minute.")
        raise Denied(HTTPStatus.SERVICE_UNAVAILABLE, later) from error
    return Viewer(shop, subject, at)
