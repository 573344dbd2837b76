"""Who collects points. Personal data stays in Saleor."""

from django.db import models
from django.db.models import F, Q

from saleor_loyalty.installations.models import Installation
from saleor_loyalty.keys import new_key


class Member(models.Model):
    """A customer of one shop who collects points.

    The key is derived from (installation, Saleor user), see `saleor_loyalty.keys.member_key`.
    This row is also the lock under which the member's points move.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    installation = models.ForeignKey(Installation, on_delete=models.PROTECT)
    saleor_user_id = models.CharField(max_length=64)
    joined_at = models.DateTimeField()
    # Where they stand, as it was counted last; tiers/operations.py writes it. No level: "".
    tier = models.CharField(max_length=40, default="", db_default="")
    tier_since = models.DateTimeField(null=True)
    # The end of the promise; null: none.
    tier_until = models.DateTimeField(null=True)
    tier_cause = models.CharField(max_length=10, default="", db_default="")
    # When it may change though nothing happens; null: never.
    tier_review_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                name="member_once_per_customer", fields=["installation", "saleor_user_id"]
            ),
        )
        indexes = (
            models.Index(name="member_newest_first", fields=["installation", "-joined_at", "-id"]),
            models.Index(
                name="member_to_review",
                fields=["tier_review_at"],
                condition=Q(tier_review_at__isnull=False),
            ),
            models.Index(
                name="member_of_tier",
                fields=["installation", "tier", "id"],
                condition=~Q(tier=""),
            ),
        )


class MemberFact(models.Model):
    """A number that was told of a member: an attribute, or (not 0) a segment they are in.

    It holds from `at` on, until another is told.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    installation = models.ForeignKey(Installation, on_delete=models.PROTECT, db_index=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, db_index=False)
    key = models.CharField(max_length=40)
    # Null: no longer known.
    value = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(name="fact_once_per_moment", fields=["member", "key", "at"]),
        )


class PaidMembership(models.Model):
    """A stretch of time for which an order made its buyer a paying member, see members/rules.py.

    Worked out of what they bought whenever they are counted, and kept for those who ask.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    installation = models.ForeignKey(Installation, on_delete=models.PROTECT, db_index=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, db_index=False)
    # Our key of the order; not a foreign key, because members come before orders.
    order_id = models.UUIDField()
    # The segment they are in meanwhile; "": none of its own.
    segment = models.CharField(max_length=40, default="")
    from_at = models.DateTimeField()
    # Null: for life.
    until = models.DateTimeField(null=True)
    # When the first membership began that this one continues without a gap.
    year_from = models.DateTimeField()
    given_back_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                name="paid_membership_once_per_order", fields=["member", "order_id"]
            ),
            models.CheckConstraint(
                name="paid_membership_ends_after_it_began",
                condition=Q(until=None) | Q(until__gte=F("from_at")),
            ),
        )
        indexes = (
            models.Index(name="paid_membership_years", fields=["installation", "year_from"]),
        )
