"""What Saleor shows of each member, where it can be shown, and how far the jobs have come."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from saleor_loyalty.installations.models import Installation
from saleor_loyalty.members.models import Member


class MirrorTarget(models.Model):
    """A shop, and the attributes it has made for us; see gateways/saleor/customer_attributes.py."""

    installation = models.OneToOneField(
        Installation, on_delete=models.PROTECT, primary_key=True, related_name="mirror_target"
    )
    # Saleor's ids; "": there is none.
    tier_attribute = models.CharField(max_length=64, default="")
    points_attribute = models.CharField(max_length=64, default="")
    points_are_numeric = models.BooleanField(default=False)
    # Of which customers have them.
    customer_types = ArrayField(models.CharField(max_length=64), default=list)
    # Counts on when any of the above changes: what was shown before is shown no longer.
    setup = models.PositiveIntegerField(default=0)
    # When the shop is asked for them again.
    look_at = models.DateTimeField()
    # When the round through all members goes on, and the last one seen; null at its start.
    round_at = models.DateTimeField()
    place_id = models.UUIDField(null=True)
    # When it is its turn again: soon, or, so many times in a row, it did not answer.
    serve_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)


class Mirror(models.Model):
    """What Saleor took last of a member."""

    member = models.OneToOneField(Member, on_delete=models.PROTECT, primary_key=True)
    installation = models.ForeignKey(Installation, on_delete=models.PROTECT, db_index=False)
    # The setup it was taken or refused under; 0: none yet.
    setup = models.PositiveIntegerField(default=0, db_default=0)
    # The level's name ("": no level) and the points; null: Saleor refused, or was not asked yet.
    tier = models.CharField(max_length=200, default="", db_default="")
    points = models.BigIntegerField(null=True)
    # When it is looked at; null: there is no reason to.
    due_at = models.DateTimeField(null=True)
    # How often Saleor failed in a row.
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)

    class Meta:
        indexes = (
            models.Index(
                name="mirror_due",
                fields=["installation", "due_at"],
                condition=Q(due_at__isnull=False),
            ),
        )


class MirrorCursor(models.Model):
    """How far a table of things that happen was read for members to look at."""

    name = models.CharField(max_length=32, primary_key=True)
    # The last key read; keys are ordered by time.
    reached = models.UUIDField()
