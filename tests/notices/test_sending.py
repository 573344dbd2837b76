"""Notices go out by e-mail, and points expire only by those that did."""

import logging
from datetime import date, timedelta
from typing import Any

import pytest
from crowds import at_once
from factories import DAY, NOON
from notices.post_office import PostOffice, willing
from notices.world import (
    ANNA,
    BEN,
    MINUTE,
    Saleor,
    end_of,
    give,
    make_lapsing_shop,
    members,
    person,
    plan_all,
    publish_terms,
    send_all,
)

from saleor_loyalty.ledger import expiry, timed
from saleor_loyalty.ledger import operations as ledger
from saleor_loyalty.ledger.models import Lot
from saleor_loyalty.ledger.queries import balance
from saleor_loyalty.notices import rules, sending
from saleor_loyalty.notices.models import Notice
from saleor_loyalty.programme.document import Unit, UnitName
from saleor_loyalty.programme.timing_terms import Expiry

pytestmark = pytest.mark.django_db
SOON = NOON + 20 * DAY
# Thirty days after the last moment at which an e-mail of the batch can leave.
TOLD_END = NOON + sending.LEASE + 30 * DAY


def bodies(letter: Any) -> tuple[str, str]:
    plain, html = letter.get_body(("plain",)), letter.get_body(("html",))
    return plain.get_content(), html.get_content()


class TestLetter:
    def test_says_how_many_points_expire_when(
        self, saleor: Saleor, post_office: PostOffice
    ) -> None:
        [anna] = members(make_lapsing_shop(saleor=saleor))
        give(anna, 10, lapses_at=NOON + 31 * DAY)
        plan_all(NOON)

        send_all(NOON)

        [letter] = post_office.received
        assert letter["To"] == "anna@example.com"
        assert letter["From"] == "Beans <points@shop.example>"
        assert letter["Subject"] == "10 points expire on April 1, 2026"
        assert letter["Auto-Submitted"] == "auto-generated"
        assert letter["Message-ID"].endswith("@shop.example>")
        plain, html = bodies(letter)
        assert plain.replace("\r\n", "\n").strip() == (
            "Hello,\n\n10 points expire on April 1, 2026.\n\n"
            "Use them before then. Until that day they stay yours.\n\nRewards"
        )
        assert "<strong>10 points expire on April 1, 2026.</strong>" in html
        assert '<html lang="en">' in html

    def test_speaks_the_members_language_and_the_shops(
        self, saleor: Saleor, post_office: PostOffice
    ) -> None:
        stars = Unit(one="star", many="stars", translations={
            "fr": UnitName(one="étoile", many="étoiles")})  # fmt: skip
        shop = make_lapsing_shop(saleor=saleor, unit=stars, name="<b>Étoiles & co</b>")
        anna, ben = members(shop, ANNA, BEN)
        saleor.people[ANNA]["languageCode"] = "DE"
        give(anna, 1, lapses_at=NOON + 31 * DAY)
        give(ben, 2, lapses_at=NOON + 31 * DAY)
        plan_all(NOON)

        send_all(NOON)

        letters = {letter["To"]: letter for letter in post_office.received}
        assert letters["anna@example.com"]["Subject"] == "1 star expires on April 1, 2026"
        in_french = letters["ben@example.com"]
        assert in_french["Content-Language"] == "fr"
        assert in_french["Subject"] == "2 étoiles expirent le 1 avril 2026"
        plain, html = bodies(in_french)
        assert plain.startswith("Bonjour,")
        assert "<b>Étoiles & co</b>" in plain
        assert "&lt;b&gt;Étoiles &amp; co&lt;/b&gt;" in html

    def test_tells_a_member_of_all_days_in_one(
        self, saleor: Saleor, post_office: PostOffice
    ) -> None:
        [anna] = members(make_lapsing_shop(saleor=saleor))
        # The first two have waited for a notice, and get the days they are owed.
        give(anna, 10, lapses_at=NOON - DAY)
        give(anna, 5, lapses_at=NOON - 40 * DAY, matures_at=NOON - 50 * DAY)
        give(anna, 3, lapses_at=NOON + 31 * DAY)
        plan_all(NOON)
        assert Notice.objects.count() == 3

        send_all(NOON)

        [letter] = post_office.received
        assert letter["Subject"] == "15 points expire on March 31, 2026"
        plain, _ = bodies(letter)
        assert "15 points expire on March 31, 2026.\r\n3 points expire on April 1, 2026." in (
            plain.replace("\r\n", "\n").replace("\n", "\r\n")
        )
        assert Notice.objects.filter(sent_at=None).count() == 0

    def test_asks_for_addresses_once_a_batch_and_keeps_none(
        self, saleor: Saleor, post_office: PostOffice, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        for member_id in members(make_lapsing_shop(saleor=saleor), ANNA, BEN):
            give(member_id, 10, lapses_at=SOON)
        plan_all(NOON)

        send_all(NOON)

        assert len(saleor.asked) == 1
        assert len(post_office.received) == 2
        assert "example.com" not in caplog.text
        assert "example.com" not in str(list(Notice.objects.values()))


class TestSettling:
    def test_points_expire_no_sooner_than_promised(
        self, saleor: Saleor, post_office: PostOffice
    ) -> None:
        [anna] = members(make_lapsing_shop(saleor=saleor))
        soon, later = give(anna, 10, lapses_at=SOON), give(anna, 5, lapses_at=NOON + 31 * DAY)
        plan_all(NOON)

        send_all(NOON)

        assert end_of(soon) == TOLD_END
        assert end_of(later) == NOON + 31 * DAY
        notice = Notice.objects.get(points=10)
        assert (notice.sent_at, notice.channel) == (NOON, "EMAIL")
        assert (notice.expires_at, notice.lots) == (TOLD_END, [soon])
        timed.expire(at=TOLD_END)
        assert balance(anna, at=TOLD_END).available == 5

    def test_what_was_told_is_told_once(self, saleor: Saleor, post_office: PostOffice) -> None:
        [anna] = members(make_lapsing_shop(saleor=saleor))
        give(anna, 10, lapses_at=SOON)

        for hours in range(0, 48, 6):
            plan_all(NOON + timedelta(hours=hours))
            send_all(NOON + timedelta(hours=hours))

        assert len(post_office.received) == 1
        assert Notice.objects.count() == 1

    def test_points_used_before_it_is_sent_are_not_mentioned(
        self, saleor: Saleor, post_office: PostOffice
    ) -> None:
        anna, ben = members(make_lapsing_shop(saleor=saleor), ANNA, BEN)
        give(anna, 10, lapses_at=SOON)
        give(ben, 7, lapses_at=SOON)
        plan_all(NOON)
        for member_id, points in ((anna, 4), (ben, 7)):
            ledger.spend(
                member_id=member_id, points=points, key="x", reason={"code": "REDEMPTION"}, at=NOON
            )

        send_all(NOON)

        assert [letter["Subject"][:9] for letter in post_office.received] == ["6 points "]
        assert Notice.objects.get().points == 6

    def test_points_put_off_before_it_is_sent_are_announced_in_their_turn(
        self, saleor: Saleor, post_office: PostOffice
    ) -> None:
        [anna] = members(make_lapsing_shop(saleor=saleor))
        lot = give(anna, 10, lapses_at=SOON)
        plan_all(NOON)
        expiry.extend(until={anna: SOON + 90 * DAY}, at=NOON)

        send_all(NOON)
        assert post_office.received == []
        assert Notice.objects.count() == 0

        plan_all(NOON + 90 * DAY)
        send_all(NOON + 90 * DAY)
        assert len(post_office.received) == 1
        assert end_of(lot) == TOLD_END + 90 * DAY

    def test_points_put_off_while_it_is_sent_do_not_expire_by_it(
        self, saleor: Saleor, post_office: PostOffice
    ) -> None:
        [anna] = members(make_lapsing_shop(saleor=saleor))
        kept, lost = give(anna, 10, lapses_at=SOON), give(anna, 5, lapses_at=SOON)
        plan_all(NOON)
        found, batch = sending._reserve(NOON)
        assert (found, batch is not None) == (1, True)
        Lot.objects.filter(pk=kept).update(lapses_at=SOON + 90 * DAY)

        assert batch is not None
        sending._send(batch, sending._ask(batch))

        assert end_of(kept) is None
        assert end_of(lost) == TOLD_END

    def test_nothing_is_sent_once_points_no_longer_lapse(
        self, saleor: Saleor, post_office: PostOffice
    ) -> None:
        shop = make_lapsing_shop(saleor=saleor)
        give(members(shop)[0], 10, lapses_at=SOON)
        plan_all(NOON)
        publish_terms(shop, Expiry(), at=NOON)

        send_all(NOON)

        assert post_office.received == []
        assert Notice.objects.count() == 0


class TestTrouble:
    def test_a_worker_that_dies_after_sending_costs_a_second_letter_and_no_point(
        self, saleor: Saleor, post_office: PostOffice, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        [anna] = members(make_lapsing_shop(saleor=saleor))
        lot = give(anna, 10, lapses_at=SOON)
        plan_all(NOON)

        with monkeypatch.context() as broken:
            broken.setattr(sending, "settle", _die)
            with pytest.raises(KeyboardInterrupt):
                sending.send(at=NOON)
        assert len(post_office.received) == 1
        assert end_of(lot) is None

        send_all(NOON + MINUTE)
        assert len(post_office.received) == 1

        send_all(NOON + sending.LEASE)
        first, second = post_office.received
        assert first["Message-ID"] == second["Message-ID"]
        assert end_of(lot) == TOLD_END + sending.LEASE

    def test_a_notice_nobody_survives_is_given_up(
        self, saleor: Saleor, post_office: PostOffice, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        [anna] = members(make_lapsing_shop(saleor=saleor))
        lot = give(anna, 10, lapses_at=SOON)
        plan_all(NOON)
        monkeypatch.setattr(sending, "settle", _die)

        at = NOON
        for _ in range(rules.ATTEMPTS_MAX):
            with pytest.raises(KeyboardInterrupt):
                sending.send(at=at)
            at += sending.LEASE
        send_all(at)

        assert len(post_office.received) == rules.ATTEMPTS_MAX
        assert Notice.objects.get().next_attempt_at is None
        assert end_of(lot) is None

    def test_without_a_mail_server_nothing_is_sent_nor_tried(self, saleor: Saleor) -> None:
        [anna] = members(make_lapsing_shop(saleor=saleor))
        lot = give(anna, 10, lapses_at=SOON)
        plan_all(NOON)

        assert sending.send(at=NOON) == 0

        assert saleor.asked == []
        assert end_of(lot) is None
        timed.expire(at=NOON + 999 * DAY)
        assert balance(anna, at=NOON + 999 * DAY).available == 10

    def test_a_mail_server_that_is_away_is_no_attempt(self, saleor: Saleor, settings: Any) -> None:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
        settings.DEFAULT_FROM_EMAIL = "points@shop.example"
        [anna] = members(make_lapsing_shop(saleor=saleor))
        give(anna, 10, lapses_at=SOON)
        plan_all(NOON)

        assert sending.send(at=NOON) == 0

        notice = Notice.objects.get()
        assert (notice.attempts, notice.last_problem) == (0, "MAIL_UNAVAILABLE")
        assert notice.next_attempt_at == NOON + 15 * MINUTE

    def test_a_shop_that_is_away_keeps_no_other_waiting(
        self, saleor: Saleor, post_office: PostOffice
    ) -> None:
        away = make_lapsing_shop(api_url="http://127.0.0.1:1/graphql/")
        shop = make_lapsing_shop(saleor=saleor)
        lots = [give(members(each)[0], 10, lapses_at=SOON) for each in (away, shop)]
        plan_all(NOON)

        send_all(NOON)

        assert len(post_office.received) == 1
        assert [end_of(lot) for lot in lots] == [None, TOLD_END]
        waiting = Notice.objects.get(sent_at=None)
        assert (waiting.attempts, waiting.last_problem) == (0, "SHOP_UNAVAILABLE")

    @pytest.mark.parametrize("change", [{"isActive": False}, {"email": ""}, None])
    def test_a_member_without_an_address_is_tried_again_and_given_up(
        self, saleor: Saleor, post_office: PostOffice, change: dict[str, Any] | None
    ) -> None:
        if change is None:
            del saleor.people[ANNA]
        else:
            saleor.people[ANNA] |= change
        anna, ben = members(make_lapsing_shop(saleor=saleor), ANNA, BEN)
        lots = [give(member_id, 10, lapses_at=SOON) for member_id in (anna, ben)]
        plan_all(NOON)

        for hours in range(24 * 8):
            send_all(NOON + timedelta(hours=hours))

        assert [letter["To"] for letter in post_office.received] == ["ben@example.com"]
        assert [end_of(lot) for lot in lots] == [None, TOLD_END]
        given_up = Notice.objects.get(sent_at=None)
        assert (given_up.attempts, given_up.next_attempt_at) == (rules.ATTEMPTS_MAX, None)
        assert given_up.last_problem == "NO_ADDRESS"

    def test_a_refused_address_keeps_nobody_else_waiting(
        self, saleor: Saleor, post_office: PostOffice
    ) -> None:
        post_office.reply = lambda command, rest: (
            "550 nobody here" if "anna" in rest else willing(command, rest)
        )
        anna, ben = members(make_lapsing_shop(saleor=saleor), ANNA, BEN)
        lots = [give(member_id, 10, lapses_at=SOON) for member_id in (anna, ben)]
        plan_all(NOON)

        send_all(NOON)

        assert [end_of(lot) for lot in lots] == [None, TOLD_END]
        refused = Notice.objects.get(sent_at=None)
        assert (refused.attempts, refused.last_problem) == (1, "SMTPRecipientsRefused")
        assert refused.next_attempt_at == NOON + timedelta(hours=1)

        post_office.reply = willing
        send_all(NOON + timedelta(hours=1))
        assert end_of(lots[0]) == TOLD_END + timedelta(hours=1)

    def test_a_letter_over_which_the_server_hangs_up_has_had_its_attempt(
        self, saleor: Saleor, post_office: PostOffice
    ) -> None:
        post_office.after_data = lambda: None
        for member_id in members(make_lapsing_shop(saleor=saleor), ANNA, BEN):
            give(member_id, 10, lapses_at=SOON)
        plan_all(NOON)

        assert sending.send(at=NOON) == 0

        assert sorted(Notice.objects.values_list("attempts", flat=True)) == [0, 1]
        assert Notice.objects.filter(sent_at=None).count() == 2

    def test_a_sender_that_is_refused_is_no_members_fault(
        self, saleor: Saleor, post_office: PostOffice
    ) -> None:
        post_office.reply = lambda command, rest: (
            "553 not you" if command == "MAIL" else willing(command, rest)
        )
        for member_id in members(make_lapsing_shop(saleor=saleor), ANNA, BEN):
            give(member_id, 10, lapses_at=SOON)
        plan_all(NOON)

        assert sending.send(at=NOON) == 0

        assert list(Notice.objects.values_list("attempts", flat=True)) == [0, 0]

    def test_an_address_that_fits_no_header_keeps_nobody_else_waiting(
        self, saleor: Saleor, post_office: PostOffice
    ) -> None:
        saleor.people[ANNA] = person(ANNA, "anna\nBcc: ben")
        for member_id in members(make_lapsing_shop(saleor=saleor), ANNA, BEN):
            give(member_id, 10, lapses_at=SOON)
        plan_all(NOON)

        send_all(NOON)

        assert [letter["To"] for letter in post_office.received] == ["ben@example.com"]
        assert Notice.objects.get(sent_at=None).last_problem == "ValueError"

    def test_what_there_is_no_time_for_waits_for_nothing(
        self, saleor: Saleor, post_office: PostOffice, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for member_id in members(make_lapsing_shop(saleor=saleor), ANNA, BEN):
            give(member_id, 10, lapses_at=SOON)
        plan_all(NOON)

        with monkeypatch.context() as hurried:
            hurried.setattr(sending, "SECONDS_MAX", 0)
            assert sending.send(at=NOON) == 2
        assert post_office.received == []

        send_all(NOON)
        assert len(post_office.received) == 2
        assert set(Notice.objects.values_list("attempts", flat=True)) == {1}


def test_notices_beyond_a_batch_are_sent_by_the_next(
    saleor: Saleor, post_office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "BATCH_MAX", 2)
    users = [f"VXNlcjo{number}" for number in range(100, 105)]
    for member_id in members(make_lapsing_shop(saleor=saleor), *users):
        give(member_id, 10, lapses_at=SOON)
    saleor.people = {user: person(user, user) for user in users}
    plan_all(NOON)

    send_all(NOON)

    assert len(post_office.received) == 5
    assert len(saleor.asked) == 3


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_each_notice_once(
    saleor: Saleor, post_office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "BATCH_MAX", 3)
    users = [f"VXNlcjo{number}" for number in range(100, 120)]
    for member_id in members(make_lapsing_shop(saleor=saleor), *users):
        give(member_id, 10, lapses_at=SOON)
    saleor.people = {user: person(user, user) for user in users}
    plan_all(NOON)

    at_once([lambda: send_all(NOON)] * 4)
    send_all(NOON)

    addresses = [str(letter["To"]) for letter in post_office.received]
    assert sorted(addresses) == sorted(f"{user}@example.com" for user in users)
    assert Notice.objects.filter(sent_at=None).count() == 0
    assert Notice.objects.values_list("lapses_on", flat=True)[0] == date(2026, 3, 21)


def _die(**_arguments: object) -> None:
    raise KeyboardInterrupt
