"""Which mail server is used, whom it writes to, and what the doctor says when there is none."""

import os
import subprocess
import sys
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from factories import DAY, NOON, make_installation
from notices.post_office import PostOffice
from notices.world import (
    ANNA,
    Saleor,
    give,
    make_lapsing_shop,
    members,
    person,
    plan_all,
    send_all,
)

from saleor_loyalty.env import Environment, MailServer
from saleor_loyalty.gateways.saleor.client import Connection
from saleor_loyalty.gateways.saleor.people import Addressee, addressees
from saleor_loyalty.notices import queries
from saleor_loyalty.notices.models import Notice
from saleor_loyalty.notices.operations import seen
from saleor_loyalty.programme.timing_terms import Expiry


class TestEnvironment:
    @pytest.mark.parametrize(
        ("url", "server"),
        [
            ("", MailServer()),
            ("smtp://localhost", MailServer("localhost", 25)),
            (
                "smtp+tls://me%40shop:a%2Fb@mail.example",
                MailServer("mail.example", 587, "me@shop", "a/b", use_tls=True),
            ),
            (
                "smtp+ssl://me:secret@[::1]:4650/",
                MailServer("::1", 4650, "me", "secret", use_ssl=True),
            ),
        ],
    )
    def test_reads_the_address_of_a_mail_server(self, url: str, server: MailServer) -> None:
        assert Environment({"EMAIL_URL": url}).mail_server("EMAIL_URL") == server

    @pytest.mark.parametrize(
        "url",
        ["mail.example:25", "http://mail.example:25", "smtp://", "smtp://mail.example:99999",
         "smtp://me@mail.example", "smtp+tls://me:secret@mail.example/x", "smtp://h?x=secret"],
    )  # fmt: skip
    def test_refuses_nonsense_without_showing_it(self, url: str) -> None:
        with pytest.raises(ImproperlyConfigured, match=r"EMAIL_URL: write an address") as refusal:
            Environment({"EMAIL_URL": url}).mail_server("EMAIL_URL")
        assert "secret" not in str(refusal.value)

    def test_shows_no_password_by_accident(self) -> None:
        assert "hush" not in repr(MailServer("h", 25, "me", "hush"))

    @pytest.mark.parametrize("text", ["", "points@shop.example", "Our Shop <points@shop.example>"])
    def test_reads_a_sender(self, text: str) -> None:
        assert Environment({"EMAIL_FROM": text}).email("EMAIL_FROM", default="") == text

    def test_refuses_a_sender_that_is_no_address(self) -> None:
        with pytest.raises(ImproperlyConfigured, match="write an e-mail address"):
            Environment({"EMAIL_FROM": "our shop"}).email("EMAIL_FROM")

    @pytest.mark.parametrize(
        "given", [{"EMAIL_URL": "smtp://localhost"}, {"EMAIL_FROM": "points@shop.example"}]
    )
    def test_both_are_given_or_neither(self, given: dict[str, str]) -> None:
        command = [sys.executable, "-c", "import saleor_loyalty.settings"]
        ended = subprocess.run(
            command, env=os.environ | given, capture_output=True, text=True, check=False
        )
        assert "EMAIL_URL and EMAIL_FROM: set both, or neither." in ended.stderr


class TestAddressees:
    def test_are_active_customers_with_an_address(self, saleor: Saleor) -> None:
        saleor.people["VXNlcjoz"] = person("VXNlcjoz", isActive=False)
        saleor.people["VXNlcjo0"] = person("VXNlcjo0", email="")
        shop = Connection(f"{saleor.url}/graphql/", "token")

        found = addressees(shop, [ANNA, "VXNlcjoz", "VXNlcjo0", "VXNlcjo5", "VXNlcjoy"])

        assert found == {
            ANNA: Addressee("anna@example.com", "en"),
            "VXNlcjoy": Addressee("ben@example.com", "fr-ca"),
        }
        assert len(saleor.asked) == 1
        assert "example.com" not in repr(found)

    def test_nobody_is_asked_about_nobody(self, saleor: Saleor) -> None:
        assert addressees(Connection(f"{saleor.url}/graphql/", "token"), []) == {}
        assert saleor.asked == []


@pytest.mark.django_db
class TestDoctor:
    def test_says_that_points_will_not_expire(self) -> None:
        shop = make_lapsing_shop()
        assert "points will not expire: no notice can be sent" in queries.problem(shop.pk, at=NOON)

    def test_has_nothing_to_say_of_points_that_do_not_lapse(self) -> None:
        assert queries.problem(make_lapsing_shop(Expiry()).pk, at=NOON) == ""
        assert queries.problem(make_installation().pk, at=NOON) == ""

    def test_is_content_with_a_mail_server(self, post_office: PostOffice) -> None:
        assert queries.problem(make_lapsing_shop().pk, at=NOON) == ""

    def test_is_content_with_a_storefront_that_shows_notices(self) -> None:
        shop = make_lapsing_shop()
        [anna] = members(shop)
        give(anna, 10, lapses_at=NOON + 5 * DAY)
        plan_all(NOON)
        notice = Notice.objects.get()
        seen(installation_id=shop.pk, member_id=anna, notice_id=notice.pk, at=NOON)

        assert queries.problem(shop.pk, at=NOON + DAY) == ""
        assert queries.problem(shop.pk, at=NOON + 100 * DAY) != ""

    def test_knows_how_many_could_not_be_delivered(
        self, saleor: Saleor, post_office: PostOffice, settings: Any
    ) -> None:
        saleor.people = {}
        shop = make_lapsing_shop(saleor=saleor)
        give(members(shop)[0], 10, lapses_at=NOON + 5 * DAY)
        plan_all(NOON)
        assert queries.given_up(shop.pk) == 0

        for days in range(10):
            send_all(NOON + days * DAY)

        assert queries.given_up(shop.pk) == 1
