"""Backtests that staff asked for."""

from django.db import models

from saleor_loyalty.installations.models import Installation
from saleor_loyalty.keys import new_key


class Backtest(models.Model):
    """A programme counted over a shop's orders of the last months, beside the one in force."""

    class Status(models.TextChoices):
        """How far it is."""

        WAITING = "WAITING"
        RUNNING = "RUNNING"
        DONE = "DONE"
        FAILED = "FAILED"

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    installation = models.ForeignKey(Installation, on_delete=models.PROTECT)
    document = models.JSONField()
    months = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=8, choices=Status, default=Status.WAITING)
    # Parts of the shop's members that are counted, of PARTS in all.
    parts_done = models.PositiveSmallIntegerField(default=0)
    result = models.JSONField(null=True)
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
