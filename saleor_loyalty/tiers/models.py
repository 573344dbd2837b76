"""Levels given by hand, and the history of members' levels."""

from django.db import models
from django.db.models import F, Q

from saleor_loyalty.installations.models import Installation
from saleor_loyalty.keys import new_key
from saleor_loyalty.members.models import Member


class TierGrant(models.Model):
    """A level the shop gave a member by hand."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    installation = models.ForeignKey(Installation, on_delete=models.PROTECT, db_index=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, db_index=False)
    # Unique for ever: the same request again gives nothing again.
    key = models.CharField(max_length=80)
    level = models.CharField(max_length=40)
    from_at = models.DateTimeField()
    # Null: no end.
    until = models.DateTimeField(null=True)
    # At least this level, or exactly this one.
    is_floor = models.BooleanField()
    reason = models.CharField(max_length=500)
    # The members of staff, by their ids in Saleor.
    by = models.CharField(max_length=64)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=64, default="")

    class Meta:
        constraints = (
            models.UniqueConstraint(name="grant_key_once", fields=["member", "key"]),
            models.CheckConstraint(
                name="grant_begins_before_it_ends",
                condition=Q(until=None) | Q(until__gt=F("from_at")),
            ),
        )


class TierChange(models.Model):
    """A member's level, or the end of its promise, became another. Append-only."""

    class Cause(models.TextChoices):
        """What changed it."""

        START = "START"
        UPGRADE = "UPGRADE"
        REVIEW = "REVIEW"
        MANUAL = "MANUAL"
        TERMS = "TERMS"
        CORRECTION = "CORRECTION"

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    installation = models.ForeignKey(Installation, on_delete=models.PROTECT, db_index=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, db_index=False)
    # No level: "".
    from_level = models.CharField(max_length=40)
    to_level = models.CharField(max_length=40)
    at = models.DateTimeField()
    until = models.DateTimeField(null=True)
    cause = models.CharField(max_length=10, choices=Cause)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = (
            # Histories are counted again and again: what is written stays written once.
            models.UniqueConstraint(
                name="tier_change_once", fields=["member", "at", "to_level", "cause"]
            ),
        )
        indexes = (models.Index(name="tier_history", fields=["member", "-at", "-id"]),)
