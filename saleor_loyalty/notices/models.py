"""What members were told about their points, and how far the jobs that see to it have come."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from saleor_loyalty.installations.models import Installation
from saleor_loyalty.keys import new_key
from saleor_loyalty.members.models import Member


class Notice(models.Model):
    """One thing a member has to be told. It counts from the moment it was sent, or read."""

    class Kind(models.TextChoices):
        """What it is about."""

        EXPIRY = "EXPIRY"

    class Channel(models.TextChoices):
        """How it reached the member."""

        EMAIL = "EMAIL"
        STOREFRONT = "STOREFRONT"

    # Another one whenever lots join it: whoever has read the notice before has not read of those.
    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    installation = models.ForeignKey(Installation, on_delete=models.PROTECT, db_index=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, db_index=False)
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.EXPIRY)
    # How many points expire and when; once it was sent: what the member was told.
    points = models.BigIntegerField()
    expires_at = models.DateTimeField()
    # The day, in the programme's time zone, on which they were planned to.
    lapses_on = models.DateField()
    # Keys of the ledger's lots; once it was sent: of those that expire by it.
    lots = ArrayField(models.UUIDField())
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    channel = models.CharField(max_length=16, choices=Channel, default="", blank=True)
    # E-mails tried; not before this moment again: back-off after a failure, lease while someone
    # works on it, null when it was given up (the storefront may still show it).
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    # A word for what went wrong last; nothing personal.
    last_problem = models.CharField(max_length=64, default="", blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                name="notice_open_once",
                fields=["member", "kind", "lapses_on"],
                condition=Q(sent_at=None),
            ),
            models.CheckConstraint(
                name="notice_sent_through_a_channel",
                condition=Q(sent_at=None, channel="") | (Q(sent_at__isnull=False) & ~Q(channel="")),
            ),
            models.CheckConstraint(name="notice_is_of_points", condition=Q(points__gt=0)),
        )
        indexes = (
            models.Index(name="notice_of_member", fields=["member", "expires_at"]),
            models.Index(
                name="notice_due",
                fields=["next_attempt_at"],
                condition=Q(sent_at=None, next_attempt_at__isnull=False),
            ),
            models.Index(
                name="notice_due_in_shop",
                fields=["installation", "member", "lapses_on"],
                condition=Q(sent_at=None, next_attempt_at__isnull=False),
            ),
            models.Index(name="notice_newest", fields=["installation", "channel", "-sent_at"]),
        )


class Round(models.Model):
    """How far a job's round through a shop's lots or members has come."""

    class Job(models.TextChoices):
        """What goes round."""

        PLAN = "PLAN"
        TERMS = "TERMS"
        CONVERT = "CONVERT"

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    installation = models.ForeignKey(Installation, on_delete=models.PROTECT, db_index=False)
    job = models.CharField(max_length=16, choices=Job)
    # The last lot (with the moment it lapses) or member seen; null at the start of a round.
    place_at = models.DateTimeField(null=True)
    place_id = models.UUIDField(null=True)
    # When the round goes on, or the next one begins.
    due_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(name="round_once_per_job", fields=["installation", "job"]),
        )


class Extension(models.Model):
    """Staff lengthened the life of points: of one member, or (null) of everybody's."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    installation = models.ForeignKey(Installation, on_delete=models.PROTECT, db_index=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, db_index=False)
    key = models.CharField(max_length=80)
    until = models.DateTimeField()
    asked_at = models.DateTimeField()
    # The last member seen to, lots extended so far, and when all were.
    place_id = models.UUIDField(null=True)
    lots = models.PositiveBigIntegerField(default=0)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(name="extension_once_per_key", fields=["installation", "key"]),
            models.CheckConstraint(
                name="extension_lengthens", condition=Q(until__gt=models.F("asked_at"))
            ),
        )
        indexes = (
            models.Index(
                name="extension_to_do", fields=["asked_at"], condition=Q(done_at__isnull=True)
            ),
        )
