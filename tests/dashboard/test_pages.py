"""Our pages in Saleor's Dashboard, as the Dashboard opens them."""

import re
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from factories import DAY, NOON, give, make_member, make_shop, order_payload
from pytest_django import Settings
from signing import SigningKey

from saleor_loyalty.accrual.operations import converge
from saleor_loyalty.gateways.saleor.orders import order_state
from saleor_loyalty.installations.models import Installation
from saleor_loyalty.installations.operations import deactivate
from saleor_loyalty.keys import member_key, new_key
from saleor_loyalty.ledger import operations as ledger
from saleor_loyalty.orders.models import Order
from saleor_loyalty.programme.document import Programme, starting_programme
from saleor_loyalty.programme.operations import publish
from saleor_loyalty.redemptions.models import Redemption, RedemptionUse
from saleor_loyalty.redemptions.queries import USES_MAX, redemption_by_voucher

pytestmark = pytest.mark.django_db(transaction=True)

KEY = SigningKey()
URL = "https://shop.example/graphql/"
ANN, SAM = "VXNlcjox", "VXNlcjoy"
ORDER = "T3JkZXI6MQ=="
VOUCHER = "Vm91Y2hlcjox"
NEEDS = {
    "overview": "MANAGE_USERS",
    "home": "MANAGE_ORDERS",
    "customer": "MANAGE_USERS",
    "adjust": "MANAGE_USERS",
    "search": "MANAGE_USERS",
    "order": "MANAGE_ORDERS",
    "voucher": "MANAGE_DISCOUNTS",
}
PAGES = sorted(NEEDS)
RICH = Programme.model_validate({
    "earning": {
        "rates": {"USD": {"points": 1, "per": "1"}},
        "rules": [
            {"id": "double", "name": "Double", "effect": {"kind": "MULTIPLIER", "factor": "2"}},
            {"id": "markup", "name": "<b>x</b>", "effect": {"kind": "BONUS", "points": 1_000}},
            {"id": "basket", "name": "Big basket",
             "effect": {"kind": "THRESHOLD", "money": {"USD": "150"}, "points": 100}},
        ],
    },
    "tiers": {
        "levels": [{"id": "silver", "name": "<i>Silver</i>", "threshold": "50"},
                   {"id": "gold", "name": "Gold", "threshold": "300",
                    "translations": {"fr": "Or"}}],
        "currency": "USD", "window": {"kind": "SINCE_JOINING"},
        "validity": {"until": "FOR_EVER"},
    },
    "campaigns": [
        {"kind": "STAMPS", "id": "card", "name": "<u>Card</u>", "target": 10,
         "award": {"points": 90}},
    ],
})  # fmt: skip


@pytest.fixture
def shop() -> Installation:
    return make_shop(api_url=URL, jwks=KEY.jwks)


def token(**changes: Any) -> str:
    """A token as the Dashboard hands it over for staff with every permission."""
    now = timezone.now()
    claims = {
        "iss": URL, "owner": "saleor", "type": "thirdparty", "user_id": SAM, "is_staff": True,
        "iat": int(now.timestamp()), "exp": int((now + timedelta(minutes=5)).timestamp()),
        "app": "QXBwOjE=", "permissions": [], "user_permissions": sorted(set(NEEDS.values())),
    }  # fmt: skip
    return KEY.token(**claims | changes)


def post(page: str, *, language: str = "en", **fields: str) -> Any:
    sent = {"saleorApiUrl": URL, "accessToken": token(), "appId": "QXBwOjE="} | fields
    return Client().post(f"/dashboard/{page}", sent, headers={"Accept-Language": language})


def content(page: str, *, bearer: str | None = None, query: str = "", language: str = "en") -> Any:
    headers = {"Saleor-Api-Url": URL, "Authorization-Bearer": bearer or token()}
    path = f"/dashboard/{page}/content?{query}"
    return Client().get(path, headers=headers | {"Accept-Language": language})


def words(response: Any) -> str:
    """The page's text, every space one space."""
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).split())


def buy(shop: Installation, **changes: Any) -> None:
    """Let Ann pay 110 dollars, shipping of 10 included."""
    states = [order_state(order_payload(user=ANN, **changes), read_at=NOON)]
    converge(installation_id=shop.pk, states=states, at=NOON, is_certain=True)


def take(shop: Installation, *, facts: dict[str, Any] | None = None, **columns: Any) -> Redemption:
    """Let Ann take five dollars off for a thousand points, issued and not used."""
    name = {"name": "<b>Five off</b>", "translations": {"fr": "Cinq de moins"}}
    kind = {"kind": "MONEY_OFF", "percent": None}
    issued = {
        "installation": shop, "member_id": member_key(shop.pk, ANN), "key": str(new_key()),
        "request": {}, "programme_version": shop.programmeversion_set.get(), "reward": "five",
        "facts": name | kind | (facts or {}), "means": "VOUCHER", "times": 1, "points": 1_000,
        "amount": Decimal(5), "currency": "USD", "hold_id": new_key(), "status": "ISSUED",
        "saleor_id": VOUCHER, "requested_at": NOON, "expires_at": NOON + 7 * DAY,
        "code_ends_at": NOON + 7 * DAY,
    }  # fmt: skip
    make_member(shop, ANN)
    return Redemption.objects.create(**issued | columns)


def use(redemption: Redemption, number: int, **columns: Any) -> None:
    """Let an order carry a redemption's code, the higher its number the later."""
    ordered_at = NOON + timedelta(minutes=number)
    used = {
        "installation_id": redemption.installation_id, "order_id": f"order-{number}",
        "order_number": str(number), "ordered_at": ordered_at, "state_at": ordered_at,
        "recorded_at": ordered_at, "discount": Decimal(5), "currency": "USD", "points": 1_000,
    }  # fmt: skip
    RedemptionUse.objects.create(redemption=redemption, **used | columns)


def refund(shop: Installation, amount: int) -> None:
    """Give Ann some of it back, a day later."""
    buy(shop, updated_at=NOON + DAY, totalRefunded={"amount": Decimal(amount)},
        totalCharged={"amount": Decimal(110 - amount)})  # fmt: skip


class TestOpening:
    @pytest.mark.parametrize("page", PAGES)
    def test_a_posted_page_comes_in_full(self, shop: Installation, page: str) -> None:
        response = post(page)

        assert response.status_code == 200
        assert response.content.startswith(b"<!doctype html>")

    @pytest.mark.parametrize("page", PAGES)
    def test_a_page_opened_with_get_is_empty_and_asks_for_its_content(
        self, shop: Installation, page: str
    ) -> None:
        opened = Client().get(f"/dashboard/{page}", {"saleorApiUrl": URL, "theme": "defaultDark"})

        assert opened.status_code == 200
        assert f'data-page="{page}"' in opened.content.decode()
        assert 'data-theme="dark"' in opened.content.decode()
        assert "1 point" not in words(opened)
        assert content(page).status_code == 200

    def test_the_app_itself_opens_the_overview_with_and_without_a_slash(
        self, shop: Installation
    ) -> None:
        for path in ("/dashboard", "/dashboard/"):
            assert 'data-page="overview"' in Client().get(path).content.decode()

    def test_there_are_no_other_pages(self, shop: Installation) -> None:
        assert Client().get("/dashboard/secrets").status_code == 404
        assert content("secrets").status_code == 404
        assert Client().put("/dashboard/home").status_code == 405


class TestWhoMaySee:
    @pytest.mark.parametrize("page", PAGES)
    def test_each_page_needs_its_permission(self, shop: Installation, page: str) -> None:
        others = sorted({*NEEDS.values(), "MANAGE_PRODUCTS"} - {NEEDS[page]})

        refused = post(page, accessToken=token(user_permissions=others))

        assert refused.status_code == 403
        assert f"Ask for the permission {NEEDS[page]}" in words(refused)
        assert content(page, bearer=token(user_permissions=others)).status_code == 403

    @pytest.mark.parametrize(
        "bearer",
        [
            pytest.param("", id="none"),
            pytest.param("nonsense", id="nonsense"),
            pytest.param(token(app="QXBwOjk="), id="of another app"),
            pytest.param(token(is_staff=False), id="not staff"),
            pytest.param(token(type="access"), id="a customer's"),
            pytest.param(token(iss="https://other.example/graphql/"), id="of another shop"),
            pytest.param(token(exp=1), id="expired"),
            pytest.param(token()[:-8] + "AAAAAAAA", id="forged"),
        ],
    )
    def test_nobody_without_a_good_token(self, shop: Installation, bearer: str) -> None:
        refused = post("customer", accessToken=bearer, customerId=ANN)

        assert refused.status_code == 401
        assert "Saleor did not say who you are." in words(refused)

    def test_nobody_of_a_shop_that_is_not_there_any_more(self, shop: Installation) -> None:
        deactivate(installation_id=shop.pk, app_id=shop.app_id)

        assert post("home").status_code == 404
        assert post("home", saleorApiUrl="https://nobody.example/graphql/").status_code == 404
        assert post("home", saleorApiUrl="\0").status_code == 404

    def test_staff_of_one_shop_see_nothing_of_another(self, shop: Installation) -> None:
        """The ids the Dashboard names are not signed: they count within the shop only."""
        other = make_shop()
        give(make_member(other, ANN), 500)
        Order.objects.create(installation=other, saleor_id=ORDER, number="77", recorded_at=NOON)

        assert "Not a member yet" in words(post("customer", customerId=ANN))
        assert "Loyalty has not heard of this order" in words(post("order", orderId=ORDER))


class TestFraming:
    def test_the_shops_own_dashboard_and_named_ones_may_frame_us(
        self, shop: Installation, settings: Settings
    ) -> None:
        settings.DASHBOARD_ORIGINS = ["https://dash.example"]

        for response in (
            post("home"),
            content("home"),
            Client().get("/dashboard", {"saleorApiUrl": URL}),
        ):
            policy = response["Content-Security-Policy"]
            ancestors = "frame-ancestors 'self' https://dash.example https://shop.example"
            assert policy.endswith(ancestors)
            assert "X-Frame-Options" not in response
            assert response["Cache-Control"] == "no-store"

    def test_an_address_that_is_no_shop_of_ours_may_not(self, shop: Installation) -> None:
        response = Client().get("/dashboard", {"saleorApiUrl": "https://evil.example/graphql/"})

        assert response["Content-Security-Policy"].endswith("frame-ancestors 'self'")

    def test_no_page_holds_the_token_or_what_somebody_put_into_an_address(
        self, shop: Installation
    ) -> None:
        secret = token()
        script = '"><script>alert(1)</script>'

        pages = [
            post("customer", accessToken=secret, customerId=script).content.decode(),
            content("customer", bearer=secret).content.decode(),
            Client().get("/dashboard", {"saleorApiUrl": script, "theme": script,
                                        "customerId": script}).content.decode(),
        ]  # fmt: skip

        assert secret not in "".join(pages)
        assert "<script>alert" not in "".join(pages)


class TestWhatIsShown:
    def test_the_programme(self, shop: Installation) -> None:
        shown = words(post("overview"))

        assert "Installed and connected as shop.example (Saleor 3.23.0)." in shown
        assert "1 point for 1 USD" in shown
        assert "as soon as an order is paid" in shown

    def test_a_customers_points_and_what_happened_to_them(self, shop: Installation) -> None:
        give(make_member(shop, ANN), 1234)
        ledger.spend(member_id=member_key(shop.pk, ANN), points=34, key="reward",
                     reason={"code": "REDEMPTION"}, at=NOON)  # fmt: skip

        shown = words(post("customer", customerId=ANN))

        assert "1,200 points" in shown
        assert "Reward March 1, 2026 -34" in shown
        assert "Order 1 March 1, 2026 +1,234" in shown

    def test_a_pending_order_counts_at_once_as_in_the_history_of_the_storefront(
        self, shop: Installation
    ) -> None:
        give(make_member(shop, ANN), 50, matures_at=None)

        assert "Order 1 March 1, 2026 +50" in words(post("customer", customerId=ANN))

    def test_a_customer_who_never_bought(self, shop: Installation) -> None:
        assert "Not a member yet." in words(post("customer", customerId=ANN))
        assert "Not a member yet." in words(post("customer"))
        assert "<form" not in post("adjust", customerId=ANN).content.decode()

    def test_a_balance_can_be_corrected_with_a_form_that_names_the_member(
        self, shop: Installation
    ) -> None:
        make_member(shop, ANN)

        form = content("adjust", query=f"customerId={ANN}").content.decode()

        assert '<form id="adjust" data-member="TWVtYmVyO' in form
        assert form.count("<label") == 2

    def test_an_orders_points(self, shop: Installation) -> None:
        member_id = make_member(shop, ANN)
        version = shop.programmeversion_set.get()
        Order.objects.create(
            installation=shop, saleor_id=ORDER, number="77", member_id=member_id, points=60,
            programme_version=version, paid_at=NOON, recorded_at=NOON,
        )  # fmt: skip

        shown = words(post("order", orderId=ORDER))

        assert "60 points" in shown
        assert "Paid March 1, 2026" in shown

    def test_why_an_order_earned_nothing(self, shop: Installation) -> None:
        Order.objects.create(
            installation=shop, saleor_id=ORDER, receipt={"nothing": "CANCELLED"}, recorded_at=NOON
        )

        shown = words(post("order", orderId=ORDER))

        assert "No points: the order was cancelled" in shown

    def test_an_order_without_a_receipt_adds_nothing_up(self, shop: Installation) -> None:
        Order.objects.create(installation=shop, saleor_id=ORDER, recorded_at=NOON)

        assert words(post("order", orderId=ORDER)).endswith("0 points")

    @pytest.mark.parametrize("odd", ["", "\0", "x" * 1000, "VXNlcjox\n", "<b>"])
    def test_odd_ids_are_nobodys(self, shop: Installation, odd: str) -> None:
        assert "Not a member yet." in words(post("customer", customerId=odd))
        assert "has not heard of this order" in words(post("order", orderId=odd))

    def test_in_french(self, shop: Installation) -> None:
        shown = words(post("overview", language="fr"))
        loaded = content("overview", language="fr-CA").content.decode()

        assert "Utilisables" in shown
        assert '<html lang="fr"' in loaded


class TestReasons:
    """What staff read of a programme with rules, levels and campaigns."""

    @pytest.fixture
    def shop(self) -> Installation:
        return make_shop(RICH, api_url=URL, jwks=KEY.jwks)

    def test_an_order_shows_each_rule_with_its_arithmetic_and_what_it_nearly_earned(
        self, shop: Installation
    ) -> None:
        buy(shop)

        shown = words(post("order", orderId=ORDER))

        assert shown.index("1,200 points") < shown.index("Why") < shown.index("Nearly earned")
        assert "1 point per 1 $ on 100 $: 100 Double, 2 × 100: 100 more" in shown
        assert "Together 1,200" in shown
        assert "Nearly earned 50 $ more for Big basket: 100 more" in shown
        assert "History" not in shown

    def test_an_order_shows_what_happened_to_its_points(self, shop: Installation) -> None:
        buy(shop)
        refund(shop, 55)

        shown = words(post("order", orderId=ORDER))

        assert "1,100 points" in shown
        assert "1 point per 1 $ on 50 $: 50" in shown
        history = "History Order 1001 March 1, 2026 +1,200 Refund of order 1001 March 2, 2026 -100"
        assert history in shown

    def test_a_customer_shows_their_level_and_what_the_next_one_takes(
        self, shop: Installation
    ) -> None:
        buy(shop)

        shown = words(post("customer", customerId=ANN))
        french = words(post("customer", customerId=ANN, language="fr"))

        assert "Level &lt;i&gt;Silver&lt;/i&gt;" in shown
        assert "Spend 200 $ more to reach Gold." in shown
        assert "pour atteindre Or" in french

    def test_a_member_without_a_level_is_told_what_the_first_one_takes(
        self, shop: Installation
    ) -> None:
        make_member(shop, ANN)

        shown = words(post("customer", customerId=ANN))

        assert "Level none yet" in shown
        assert "Spend 50 $ to reach &lt;i&gt;Silver&lt;/i&gt;." in shown

    def test_a_customer_shows_how_far_they_are_in_campaigns(self, shop: Installation) -> None:
        buy(shop)

        shown = words(post("customer", customerId=ANN))

        assert "&lt;u&gt;Card&lt;/u&gt; 2 of 10 stamps 8 more stamps: 90 points" in shown

    def test_a_level_that_no_programme_in_force_has_any_more_is_still_named(
        self, shop: Installation
    ) -> None:
        buy(shop)
        plain = Programme.model_validate({"earning": {"rates": {"USD": {"points": 1, "per": "1"}}}})
        publish(installation_id=shop.pk, document=plain, at=NOON + DAY)

        shown = words(post("customer", customerId=ANN))

        assert "Level &lt;i&gt;Silver&lt;/i&gt;" in shown
        assert "The customer reads" not in shown
        assert "Campaigns" not in shown

    @pytest.mark.parametrize("language", ["en", "fr"])
    def test_whatever_a_merchant_typed_is_text(self, shop: Installation, language: str) -> None:
        buy(shop)

        order = post("order", orderId=ORDER, language=language).content.decode()
        customer = post("customer", customerId=ANN, language=language).content.decode()

        assert "&lt;b&gt;x&lt;/b&gt;" in order
        assert "<b>" not in order
        assert "<i>" not in customer
        assert "<u>" not in customer


class TestVouchers:
    """What staff read of a voucher: which reward it is, who took it, and what became of it."""

    @pytest.fixture
    def shop(self) -> Installation:
        document = starting_programme(["USD"]).model_copy(update={"timezone": "Europe/Paris"})
        return make_shop(document, api_url=URL, jwks=KEY.jwks)

    def test_that_are_none_of_ours_are_said_to_be_none(self, shop: Installation) -> None:
        take(shop, saleor_id="")
        take(make_shop(), facts={"name": "Secret"})
        take(shop, saleor_id="R2lmdENhcmQ6MQ==", means="GIFT_CARD")

        for odd in (VOUCHER, "R2lmdENhcmQ6MQ==", "Vm91Y2hlcjoy", "", "x" * 1000, "\0"):
            shown = words(post("voucher", voucherId=odd))
            assert shown == "Loyalty This voucher is not a reward of Loyalty."

    def test_that_can_be_used_say_what_they_are_and_whose_by_the_shops_clock(
        self, shop: Installation
    ) -> None:
        take(shop)

        shown = words(post("voucher", voucherId=VOUCHER))

        assert "&lt;b&gt;Five off&lt;/b&gt; State Issued Paid with 1,000 points" in shown
        assert "Worth 5 $ Taken March 1, 2026, 1 p.m." in shown
        assert "Can be used until March 8, 2026, 1 p.m. Customer" in shown
        assert shown.endswith(ANN)
        assert "Trouble" not in shown
        assert "Orders" not in shown

    @pytest.mark.parametrize(
        ("columns", "said"),
        [
            ({"status": "REQUESTED"}, "State Requested"),
            ({"status": "REQUESTED", "closing_as": "VOIDED"}, "State Being called off"),
            ({"applied_at": NOON, "checkout_id": "Q2hlY2tvdXQ6MQ=="}, "State In a checkout"),
            ({"closing_as": "EXPIRED", "applied_at": NOON}, "State Being called off"),
            ({"status": "USED", "used_at": NOON, "applied_at": NOON}, "State Used"),
            ({"status": "USED", "used_at": NOON}, "Used on March 1, 2026, 1 p.m."),
            ({"status": "RESTORED", "used_at": NOON, "closed_at": NOON + DAY}, "State Restored"),
            ({"status": "VOIDED", "closed_at": NOON}, "State Voided"),
            ({"status": "EXPIRED", "closed_at": NOON + DAY}, "State Expired"),
            ({"status": "EXPIRED", "closed_at": NOON + DAY}, "Ended March 2, 2026, 1 p.m."),
            ({"trouble": "The shop deleted it."}, "Trouble The shop deleted it."),
            ({"trouble": "<b>Saleor</b>"}, "Trouble &lt;b&gt;Saleor&lt;/b&gt;"),
            ({"points": 0, "hold_id": None}, "Paid with nothing: it was given"),
        ],
    )
    def test_say_how_far_they_are(
        self, shop: Installation, columns: dict[str, Any], said: str
    ) -> None:
        take(shop, **columns)

        assert said in words(post("voucher", voucherId=VOUCHER))

    @pytest.mark.parametrize(
        ("kind", "percent", "worth"),
        [
            ("PERCENT_OFF", 20, "Worth 20 % off"),
            ("PRODUCT", 50, "Worth 50 % off"),
            ("PRODUCT", None, "Worth A product"),
            ("FREE_SHIPPING", None, "Worth Free shipping"),
        ],
    )
    def test_say_what_they_take_off_that_is_no_money(
        self, shop: Installation, kind: str, percent: int | None, worth: str
    ) -> None:
        take(shop, facts={"kind": kind, "percent": percent}, amount=None, currency="")

        assert worth in words(post("voucher", voucherId=VOUCHER))

    def test_name_the_orders_that_used_them_and_what_is_odd_about_each(
        self, shop: Installation
    ) -> None:
        taken = take(shop, status="USED", used_at=NOON)
        use(taken, 5, is_live=False)
        use(taken, 4, flag="USED_AGAIN", resolved_at=NOON + DAY)
        use(taken, 3, flag="USED_BY_OTHER")
        use(taken, 2, flag="USED_AGAIN", is_to_stop=True)
        use(taken, 1)

        shown = words(post("voucher", voucherId=VOUCHER))

        assert shown.endswith(
            "Orders that used it"
            " Order 1 March 1, 2026 -5 $"
            " Order 2 March 1, 2026 -5 $ Used again · Please do not send it"
            " Order 3 March 1, 2026 -5 $ Used by somebody else"
            " Order 4 March 1, 2026 -5 $ Used again · Staff have looked at it"
            " Order 5 March 1, 2026 -5 $ Cancelled, or all given back"
        )

    def test_take_as_many_queries_for_many_orders_as_for_one(self, shop: Installation) -> None:
        taken = take(shop, status="USED", used_at=NOON)
        use(taken, 1)
        with CaptureQueriesContext(connection) as for_one:
            redemption_by_voucher(shop.pk, VOUCHER)
        for number in range(2, USES_MAX + 3):
            use(taken, number)

        with CaptureQueriesContext(connection) as for_many:
            found = redemption_by_voucher(shop.pk, VOUCHER)
            assert found
            assert found[0].member.saleor_user_id == ANN
            numbers = [int(each.order_number) for each in found[1]]

        assert numbers == list(range(1, USES_MAX + 1))
        assert len(for_many) == len(for_one) == 2

    def test_speak_french(self, shop: Installation) -> None:
        taken = take(shop, status="USED", used_at=NOON, trouble="The shop deleted it.")
        use(taken, 2, flag="USED_BY_OTHER", is_to_stop=True)

        shown = words(post("voucher", voucherId=VOUCHER, language="fr"))

        assert "Cinq de moins État Utilisée Payée avec 1 000 points Valeur 5 $" in shown
        assert "Prise le 1 mars 2026 13:00" in shown
        assert "Problème La boutique" in shown
        assert "-5 $ Utilisée par quelqu" in shown


def test_a_shop_without_levels_and_campaigns_speaks_of_none(shop: Installation) -> None:
    buy(shop)

    shown = words(post("customer", customerId=ANN))

    assert "Level" not in shown
    assert "Campaigns" not in shown


def test_a_posted_page_takes_no_files_and_nothing_long() -> None:
    answer = Client().post("/dashboard/customer", {"file": BytesIO(b"x" * 100_000)})

    assert answer.status_code == 413
