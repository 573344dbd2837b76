"""What members did besides buying, and what they told of themselves."""

from django.db import models
from django.db.models import Q

from saleor_loyalty.installations.models import Installation
from saleor_loyalty.keys import new_key
from saleor_loyalty.members.models import Member


class Activity(models.Model):
    """One event of a member's life that may earn: a review, a birthday, an account confirmed.

    Never deleted: what is undone is revoked, so that the same event cannot be told again.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    installation = models.ForeignKey(Installation, on_delete=models.PROTECT, db_index=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, db_index=False)
    event = models.CharField(max_length=40)
    # Which one of its kind: a review's id, a birthday's year, a surprise's campaign.
    reference = models.CharField(max_length=80)
    # Its place in the member's history, for ever.
    at = models.DateTimeField()
    is_revoked = models.BooleanField(default=False)
    # What was posted for it, as with an order.
    points = models.BigIntegerField(default=0)
    postings = models.PositiveIntegerField(default=0)
    parts = models.JSONField(default=list)
    granted = models.JSONField(default=dict)
    receipt = models.JSONField(default=dict)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                name="activity_once_for_ever", fields=["member", "event", "reference"]
            ),
            models.CheckConstraint(name="activity_points_not_negative", condition=Q(points__gte=0)),
        )


class MemberProfile(models.Model):
    """What a member told of themselves: the day of their birthday, never the year."""

    class Teller(models.TextChoices):
        """Who said so last."""

        CUSTOMER = "CUSTOMER"
        STAFF = "STAFF"

    member = models.OneToOneField(Member, on_delete=models.PROTECT, primary_key=True)
    installation = models.ForeignKey(Installation, on_delete=models.PROTECT, db_index=False)
    birth_month = models.PositiveSmallIntegerField()
    birth_day = models.PositiveSmallIntegerField()
    # The birthday counts from its next return on: nobody is born on the day they sign up.
    birthday_set_at = models.DateTimeField()
    birthday_set_by = models.CharField(max_length=8, choices=Teller.choices)
    # Why staff changed it, and who of them.
    birthday_note = models.CharField(max_length=500, default="")
    birthday_staff_id = models.CharField(max_length=64, default="")

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="profile_birthday_exists",
                condition=Q(birth_month__range=(1, 12), birth_day__range=(1, 29))
                | Q(birth_month__in=(4, 6, 9, 11), birth_day=30)
                | Q(birth_month__in=(1, 3, 5, 7, 8, 10, 12), birth_day__in=(30, 31)),
            ),
        )
        indexes = (
            models.Index(
                name="profile_birthday", fields=["installation", "birth_month", "birth_day"]
            ),
        )


class Handout(models.Model):
    """How far a surprise has been handed out; a member's turn comes by their key."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    installation = models.ForeignKey(Installation, on_delete=models.PROTECT, db_index=False)
    campaign = models.CharField(max_length=40)
    # The last member whose turn it was.
    reached = models.UUIDField(null=True)
    is_finished = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                name="handout_once_per_campaign", fields=["installation", "campaign"]
            ),
        )
