"""The inbox: what Saleor delivered, stored before it is understood."""

from django.db import models

from saleor_loyalty.installations.models import Installation
from saleor_loyalty.keys import new_key


class InboxEvent(models.Model):
    """One delivery whose signature was good."""

    class Status(models.TextChoices):
        """How far its processing came."""

        WAITING = "WAITING"
        # Its payload was not enough: the order is asked for before it is processed.
        DOUBTFUL = "DOUBTFUL"
        DONE = "DONE"
        # Given up after too many attempts; `replay_inbox` makes it wait again.
        FAILED = "FAILED"

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    installation = models.ForeignKey(Installation, on_delete=models.PROTECT, db_index=False)
    name = models.CharField(max_length=64)
    # SHA-256 of the body: Saleor sends no delivery id.
    digest = models.BinaryField()
    body = models.BinaryField()
    status = models.CharField(max_length=8, choices=Status, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    # Not before this moment: back-off after a failure, lease while someone works on it.
    due_at = models.DateTimeField()
    traceback = models.TextField(default="")
    received_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                name="inbox_event_stored_once", fields=["installation", "digest"]
            ),
        )
        indexes = (
            models.Index(
                name="inbox_event_due",
                fields=["status", "due_at"],
                condition=models.Q(status__in=["WAITING", "DOUBTFUL"]),
            ),
            models.Index(
                name="inbox_event_failed", fields=["received_at"],
                condition=models.Q(status="FAILED"),
            ),
        )  # fmt: skip
