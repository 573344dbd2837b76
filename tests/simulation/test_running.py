"""Backtests in the background: step by step, and whatever happens to workers."""

import os
import subprocess
import sys
from typing import Any

import pytest
from deployment import eventually
from django.db import connection
from factories import DAY
from psycopg.conninfo import make_conninfo
from simulation import slow_worker
from simulation.shops import ANNA, BEN, NOW, buy, programme, small_shop, tried

from saleor_loyalty.entrypoints import jobs
from saleor_loyalty.installations.models import Installation
from saleor_loyalty.programme.queries import NoProgramme
from saleor_loyalty.simulation import operations, queries, reading
from saleor_loyalty.simulation.models import Backtest
from saleor_loyalty.simulation.operations import (
    KEPT_MAX,
    TRIES_MAX,
    StillRunning,
    ask,
    backtest,
    go_on,
    plan,
)
from saleor_loyalty.simulation.reports import report


@pytest.fixture
def member_by_member(monkeypatch: pytest.MonkeyPatch) -> None:
    """One member a step."""
    monkeypatch.setattr(reading, "MEMBERS_MAX", 1)


def at_once(shop: Installation, *, processes: int = 1) -> dict[str, Any]:
    task = plan(installation_id=shop.pk, draft=tried(), months=1, at=NOW)
    return report(backtest(task, processes=processes), task.programmes)


def asked(shop: Installation) -> Backtest:
    return ask(installation_id=shop.pk, draft=tried(), months=1, at=NOW, by="VXNlcjo5")


@pytest.mark.django_db
class TestStepByStep:
    @pytest.mark.usefixtures("member_by_member")
    def test_it_ends_as_if_done_at_once(self) -> None:
        shop = small_shop()
        run = asked(shop)
        steps, shares = 0, [queries.progress(run)]

        while go_on(at=NOW):
            steps += 1
            run.refresh_from_db()
            shares.append(queries.progress(run))

        assert run.status == Backtest.Status.DONE
        assert run.result == at_once(shop)
        assert steps > 2
        assert shares == sorted(shares)
        assert (shares[0], shares[-1]) == (0, 1)

    @pytest.mark.usefixtures("member_by_member")
    def test_orders_that_come_meanwhile_do_not_count(self) -> None:
        shop = small_shop()
        run, expected = asked(shop), at_once(shop)

        go_on(at=NOW)
        buy(shop, ANNA, "70", on="2026-03-02", number="8")
        buy(shop, BEN, "70", on="2026-03-02", number="9")
        while go_on(at=NOW + DAY):
            pass

        run.refresh_from_db()
        assert run.result == expected

    @pytest.mark.usefixtures("member_by_member")
    def test_shops_take_turns(self) -> None:
        runs = [asked(small_shop()), asked(small_shop())]

        for minute in range(2):
            go_on(at=NOW + minute * DAY)

        for run in runs:
            run.refresh_from_db()
        assert [run.status for run in runs] == [Backtest.Status.RUNNING] * 2

    def test_one_job_does_all_there_is_to_do(self) -> None:
        runs = [asked(small_shop()), asked(small_shop())]

        jobs.run_backtests()

        for run in runs:
            run.refresh_from_db()
            assert run.status == Backtest.Status.DONE
        assert not go_on(at=NOW)

    def test_members_with_many_orders_get_pages_of_their_own(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reading, "ENTRIES_MAX", 2)
        shop = small_shop()
        run = asked(shop)

        go_on(at=NOW)

        run.refresh_from_db()
        # Anna's two orders are as much as fits on a page, and Ben's one as well.
        assert run.stage["comparison"]["members"] == 1


@pytest.mark.django_db
class TestTrouble:
    def test_what_kills_its_workers_is_given_up(self) -> None:
        run = asked(small_shop())
        for _ in range(TRIES_MAX):
            # A worker begins, and is never heard of again.
            operations._begin(NOW)

        assert go_on(at=NOW)

        run.refresh_from_db()
        assert (run.status, run.result) == (Backtest.Status.FAILED, None)
        assert not go_on(at=NOW)

    def test_what_cannot_be_counted_fails_and_others_go_on(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        broken, whole = asked(small_shop()), asked(small_shop())
        Backtest.objects.filter(pk=broken.pk).update(document={"earning": "nonsense"})

        for _ in range(TRIES_MAX + 2):
            go_on(at=NOW)

        broken.refresh_from_db()
        whole.refresh_from_db()
        assert (broken.status, whole.status) == (Backtest.Status.FAILED, Backtest.Status.DONE)
        assert "is given up" in caplog.text

    def test_a_try_in_vain_is_forgotten_once_it_gets_on(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reading, "MEMBERS_MAX", 1)
        run = asked(small_shop())

        operations._begin(NOW)
        go_on(at=NOW)

        run.refresh_from_db()
        assert run.tries == 0


@pytest.mark.django_db
class TestAsking:
    def test_is_for_one_at_a_time_in_a_shop(self) -> None:
        shop = small_shop()
        run = asked(shop)

        with pytest.raises(StillRunning) as refused:
            asked(shop)

        assert refused.value.running == run
        assert asked(small_shop())
        assert go_on(at=NOW)
        assert asked(shop)

    def test_keeps_the_last_ones_of_each_shop(self) -> None:
        shop, other = small_shop(), small_shop()
        kept = asked(other)
        runs = []
        for _ in range(KEPT_MAX + 2):
            runs.append(asked(shop))
            Backtest.objects.filter(pk=runs[-1].pk).update(status=Backtest.Status.FAILED)

        rows = queries.backtests_of(shop.pk)

        assert [row.pk for row in rows] == [run.pk for run in reversed(runs[2:])]
        assert queries.backtest_of(other.pk, kept.pk) == kept
        assert queries.backtest_of(shop.pk, kept.pk) is None

    def test_needs_a_programme_to_compare_with(self) -> None:
        shop = small_shop()

        with pytest.raises(NoProgramme):
            ask(installation_id=shop.pk, draft=programme(), months=1, at=NOW - 400 * DAY)

        assert not Backtest.objects.exists()


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let other processes find the test's database."""
    ours = connection.settings_dict["NAME"]
    monkeypatch.setenv("DATABASE_URL", make_conninfo(os.environ["DATABASE_URL"], dbname=ours))


def large_shop() -> Installation:
    """A shop with members in many parts."""
    shop = small_shop()
    for number in range(60):
        buy(shop, f"VXNlcjo{number + 100}", str(20 + number), on="2026-02-14", number=str(number))
    return shop


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("elsewhere")
class TestProcesses:
    def test_together_count_what_one_counts_alone(self) -> None:
        shop = large_shop()

        assert at_once(shop, processes=3) == at_once(shop)

    def test_that_are_killed_lose_a_step_at_most(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reading, "MEMBERS_MAX", 2)
        shop = large_shop()
        run = asked(shop)

        with subprocess.Popen([sys.executable, slow_worker.__file__]) as worker:
            eventually("it has begun", lambda: counted(run) > 4)
            worker.kill()
        before = counted(run)
        while go_on(at=NOW):
            pass

        run.refresh_from_db()
        assert 4 < before < 62
        assert (run.status, run.result) == (Backtest.Status.DONE, at_once(shop))


def counted(run: Backtest) -> int:
    """Return how many members are known to be counted."""
    stage = Backtest.objects.values_list("stage", flat=True).get(pk=run.pk)
    return stage["comparison"]["members"] if stage else 0
