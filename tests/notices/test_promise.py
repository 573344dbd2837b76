"""No notice, no expiry: whatever happens, in whatever order, at whatever time."""

from contextlib import suppress
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from factories import DAY, NOON
from notices.post_office import PostOffice, willing
from notices.world import (
    ANNA,
    BEN,
    Saleor,
    give,
    make_lapsing_shop,
    members,
    plan_all,
    publish_terms,
)

from saleor_loyalty.installations.models import Installation
from saleor_loyalty.ledger import operations as ledger
from saleor_loyalty.ledger import timed
from saleor_loyalty.ledger.models import Lot
from saleor_loyalty.ledger.reconciliation import find_drift
from saleor_loyalty.notices import lifetimes, sending, staff
from saleor_loyalty.notices.models import Notice
from saleor_loyalty.notices.operations import NoSuchNotice, seen
from saleor_loyalty.programme.timing_terms import Act, Expiry

pytestmark = pytest.mark.django_db
STEPS = 80
TERMS = (Expiry(days=40, notice_days=14), Expiry(days=40, counts_from="LAST_ACT", notice_days=7),
         Expiry(), Expiry(months=2, round_up_to="MONTH", notice_days=30))  # fmt: skip


class Life:
    """A shop to which anything may happen; remembers what may never be broken."""

    def __init__(self, chance: Random, saleor: Saleor, post_office: PostOffice) -> None:
        self.chance, self.post_office = chance, post_office
        self.shop: Installation = make_lapsing_shop(TERMS[0], saleor)
        self.members = members(self.shop, ANNA, BEN)
        self.at = NOON
        self.number = 0

    def live(self) -> None:
        acts = {self.give: 6, self.spend: 2, self.act: 1, self.mail: 6, self.mail_badly: 2,
                self.crash: 2, self.read: 2, self.terms: 1, self.extend: 1, self.revive: 1,
                self.apply: 2, self.expire: 5}  # fmt: skip
        for self.number in range(STEPS):
            self.at += timedelta(minutes=self.chance.randrange(1, 60 * 24 * 9))
            if self.chance.random() < 0.5:
                plan_all(self.at)
            [act] = self.chance.choices(list(acts), list(acts.values()))
            act()
            self.check()
        assert find_drift() == []

    def anyone(self) -> UUID:
        return self.chance.choice(self.members)

    def give(self) -> None:
        matures_at = self.at + self.chance.randrange(-20, 20) * DAY
        lapses_at = self.chance.choice([None, matures_at + self.chance.randrange(1, 60) * DAY])
        give(self.anyone(), self.chance.randrange(1, 99), lapses_at=lapses_at,
             matures_at=matures_at, at=self.at)  # fmt: skip

    def spend(self) -> None:
        with suppress(ledger.NotEnoughPoints):
            ledger.spend(member_id=self.anyone(), points=self.chance.randrange(1, 99),
                         key=f"spend:{self.number}", reason={"code": "REDEMPTION"},
                         at=self.at)  # fmt: skip

    def act(self) -> None:
        moment = self.at - self.chance.randrange(0, 30) * DAY
        lifetimes.keep_alive(installation_id=self.shop.pk, acts={self.anyone(): moment},
                             act=Act.ORDER, at=self.at)  # fmt: skip

    def mail(self) -> None:
        sending.send(at=self.at)

    def mail_badly(self) -> None:
        self.post_office.reply = lambda command, rest: (
            self.chance.choice(["550 no", "450 later", None])
            if command in {"RCPT", "MAIL"}
            else willing(command, rest)
        )
        sending.send(at=self.at)
        self.post_office.reply = willing

    def crash(self) -> None:
        with pytest.MonkeyPatch.context() as broken:
            broken.setattr(sending, "settle", _die)
            with suppress(KeyboardInterrupt):
                sending.send(at=self.at)

    def read(self) -> None:
        for notice in Notice.objects.filter(member_id=self.anyone()):
            with suppress(NoSuchNotice):
                seen(installation_id=self.shop.pk, member_id=notice.member_id,
                     notice_id=notice.pk, at=self.at)  # fmt: skip

    def terms(self) -> None:
        publish_terms(self.shop, self.chance.choice(TERMS), at=self.at)

    def extend(self) -> None:
        whose = self.chance.choice([None, self.anyone()])
        staff.extend(installation_id=self.shop.pk, member_id=whose, key=f"{self.number}",
                     until=self.at + self.chance.randrange(1, 50) * DAY, at=self.at)  # fmt: skip
        staff.apply_extensions(at=self.at)

    def revive(self) -> None:
        member_id = self.anyone()
        with suppress(ledger.NothingToRevive):
            staff.revive(installation_id=self.shop.pk, member_id=member_id,
                         key=f"revive:{self.number}", at=self.at)  # fmt: skip

    def apply(self) -> None:
        lifetimes.apply_terms(at=self.at)

    def expire(self) -> None:
        timed.mature(at=self.at)
        timed.expire(at=self.at)

    def check(self) -> None:
        """Every end, and every point that expired, goes back to a notice that was sent in time."""
        lots = Lot.objects.filter(installation=self.shop)
        for lot in lots.exclude(expires_at=None):
            told = _told(lot)
            assert told, "an end without a notice"
            sent_at, told_end = max(told)
            assert lot.expires_at >= told_end, "sooner than was told"
            assert lot.expires_at - sent_at >= 7 * DAY, "not in time"
        for lot in lots.filter(expired__gt=0):
            assert lot.expires_at is not None
            assert lot.expires_at <= self.at


def _told(lot: Lot) -> list[tuple[datetime, datetime]]:
    sent = Notice.objects.filter(lots__contains=[lot.pk]).exclude(sent_at=None)
    return [(row.sent_at, row.expires_at) for row in sent if row.sent_at]


def _die(**_arguments: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("seed", range(6))
def test_points_never_expire_without_a_notice_that_was_sent(
    saleor: Saleor, post_office: PostOffice, seed: int
) -> None:
    life = Life(Random(seed), saleor, post_office)

    life.live()


def test_such_lives_see_points_expire_at_all(saleor: Saleor, post_office: PostOffice) -> None:
    expired = sent = 0
    for seed in range(10, 13):
        life = Life(Random(seed), saleor, post_office)
        life.live()
        expired += Lot.objects.filter(member_id__in=life.members, expired__gt=0).count()
        sent += Notice.objects.filter(installation=life.shop).exclude(sent_at=None).count()

    assert expired > 5
    assert sent > 20
