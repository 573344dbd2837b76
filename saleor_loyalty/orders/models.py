"""What we know of a shop's orders: their facts, the terms they earn under, what they earned."""

from django.db import models
from django.db.models import Q

from saleor_loyalty.installations.models import Installation
from saleor_loyalty.keys import new_key
from saleor_loyalty.members.models import Member
from saleor_loyalty.programme.models import ProgrammeVersion


class Order(models.Model):
    """One Saleor order, as far as points are concerned.

    Terms (`programme_version`, `member`) freeze the first time the order is fully paid, so that a
    refund years later is counted under the rules it was earned with.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    installation = models.ForeignKey(Installation, on_delete=models.PROTECT, db_index=False)
    saleor_id = models.CharField(max_length=64)
    number = models.CharField(max_length=64, default="")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, db_index=False)
    programme_version = models.ForeignKey(
        ProgrammeVersion, on_delete=models.PROTECT, null=True, db_index=False
    )
    # When it was made, by Saleor's clock: its place in the member's history, for ever.
    created_at = models.DateTimeField(null=True)
    # The newest state known: when Saleor says it changed, when we asked for it (null: we were
    # told), and its fingerprint (empty: it no longer counts).
    state_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    state_digest = models.BinaryField(default=b"")
    # That state itself, see gateways/saleor/order_facts.py. Nothing in it tells who bought.
    facts = models.JSONField(default=dict)
    currency = models.CharField(max_length=3, default="")
    charged_peak = models.DecimalField(max_digits=20, decimal_places=4, default=0)
    paid_at = models.DateTimeField(null=True)
    # Points posted for this order, net of what was taken back; and how often we posted.
    points = models.BigIntegerField(default=0)
    postings = models.PositiveIntegerField(default=0)
    # The same points by when they become available: a list of [points, moment or null].
    parts = models.JSONField(default=list)
    # What it took of budgets: points by the rule's key.
    granted = models.JSONField(default=dict)
    # Why, line by line and rule by rule: see accrual/receipts.py.
    receipt = models.JSONField(default=dict)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                name="order_once_per_shop", fields=["installation", "saleor_id"]
            ),
            models.CheckConstraint(name="order_points_not_negative", condition=Q(points__gte=0)),
            models.CheckConstraint(
                name="order_with_points_has_terms",
                condition=Q(points=0)
                | Q(member__isnull=False, programme_version__isnull=False, paid_at__isnull=False),
            ),
        )
        indexes = (
            models.Index(
                name="order_of_guest",
                fields=["installation", "id"],
                condition=Q(member__isnull=True, paid_at__isnull=False),
            ),
            models.Index(name="order_of_member", fields=["member", "created_at", "id"]),
        )
