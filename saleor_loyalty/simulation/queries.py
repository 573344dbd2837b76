"""The backtests of a shop."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from saleor_loyalty.simulation import stages
from saleor_loyalty.simulation.models import Backtest


def backtest_of(installation_id: UUID, backtest_id: UUID) -> Backtest | None:
    """Return the shop's backtest, or None: those of other shops are not there."""
    rows = Backtest.objects.select_related("version")
    return rows.filter(installation_id=installation_id, id=backtest_id).first()


def backtests_of(installation_id: UUID) -> Sequence[Backtest]:
    """Return all that are kept of the shop's, the newest first."""
    rows = Backtest.objects.select_related("version")
    return list(rows.filter(installation_id=installation_id).order_by("-id"))


def progress(run: Backtest) -> float:
    """Return the share of the shop's members that are counted: 0 to 1."""
    if run.status == Backtest.Status.DONE:
        return 1.0
    stage: Any = run.stage
    return stages.progress(UUID(stage["reached"])) if stage else 0.0
