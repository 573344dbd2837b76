"""Backtests that staff asked for."""

from django.db import models
from django.db.models import Q

from saleor_loyalty.installations.models import Installation
from saleor_loyalty.keys import new_key
from saleor_loyalty.programme.models import ProgrammeVersion


class Backtest(models.Model):
    """A programme counted over a shop's orders of the last months, beside the one in force."""

    class Status(models.TextChoices):
        """How far it is."""

        WAITING = "WAITING"
        RUNNING = "RUNNING"
        DONE = "DONE"
        FAILED = "FAILED"

    #: It is not over yet.
    OPEN = (Status.WAITING, Status.RUNNING)

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    installation = models.ForeignKey(Installation, on_delete=models.PROTECT)
    # The programme to be tried, and the one that was in force when it was asked for.
    document = models.JSONField()
    version = models.ForeignKey(ProgrammeVersion, on_delete=models.PROTECT, db_index=False)
    months = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=8, choices=Status, default=Status.WAITING)
    # How far it is, see simulation/stages.py: any worker can go on from there.
    stage = models.JSONField(null=True)
    # How often that was begun in vain: its worker was killed, perhaps by it.
    tries = models.PositiveSmallIntegerField(default=0)
    result = models.JSONField(null=True)
    requested_at = models.DateTimeField()
    # Saleor's id of the user.
    requested_by = models.CharField(max_length=64, default="")
    # When it was last worked on.
    worked_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                name="backtest_one_open_per_shop",
                fields=["installation"],
                condition=Q(status__in=("WAITING", "RUNNING")),
            ),
            models.CheckConstraint(
                name="backtest_done_has_result",
                condition=~Q(status="DONE") | Q(result__isnull=False, finished_at__isnull=False),
            ),
        )
