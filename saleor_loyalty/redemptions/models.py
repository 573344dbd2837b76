"""The tables of redemptions: what was asked for, what Saleor knows of it, what it was used for."""

from django.db import models
from django.db.models import F, Q

from saleor_loyalty.installations.models import Installation
from saleor_loyalty.keys import new_key
from saleor_loyalty.members.models import Member
from saleor_loyalty.programme.models import ProgrammeVersion


class Redemption(models.Model):
    """One purchase of a reward.

    The row is its own outbox: `due_at` says when Saleor has to be asked or told something next,
    `leased_until` who is doing so keeps others away.
    """

    class Status(models.TextChoices):
        """How far it is."""

        REQUESTED = "REQUESTED"
        ISSUED = "ISSUED"
        USED = "USED"
        RESTORED = "RESTORED"
        VOIDED = "VOIDED"
        EXPIRED = "EXPIRED"

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    installation = models.ForeignKey(Installation, on_delete=models.PROTECT, db_index=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, db_index=False)
    key = models.CharField(max_length=128)
    # What came with the key: the same again is answered as the first time, another is refused.
    request = models.JSONField()
    programme_version = models.ForeignKey(
        ProgrammeVersion, on_delete=models.PROTECT, db_index=False
    )
    reward = models.CharField(max_length=40)
    # What was decided, and as what it is shown: see redemptions/facts.py.
    facts = models.JSONField()
    means = models.CharField(max_length=10)
    times = models.PositiveIntegerField()
    points = models.BigIntegerField()
    amount = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    currency = models.CharField(max_length=3, default="")
    status = models.CharField(max_length=10, choices=Status, default=Status.REQUESTED)
    # Set once it is to end, until it has: what it will be then.
    closing_as = models.CharField(max_length=10, choices=Status, default="")
    # Whether the shop is why it was not used: it deleted the voucher, or took the reward back.
    is_ended_by_shop = models.BooleanField(default=False)
    # The ledger's postings that hold the points (null: it costs none), and that spent those.
    hold_id = models.UUIDField(null=True)
    spend_id = models.UUIDField(null=True)
    # A voucher's or a gift card's; a gift card's is only known once it is made.
    code = models.CharField(max_length=64, default="")
    # The end of the voucher's name, by which orders are known that lost the code; gives none away.
    mark = models.CharField(max_length=16, default="")
    # Saleor's ids of the voucher or the gift card; "": not made yet, or gone.
    saleor_id = models.CharField(max_length=128, default="")
    checkout_id = models.CharField(max_length=200, default="")
    # What Saleor answered when it was put into the checkout; kept to answer the same again.
    answer = models.JSONField(null=True)
    requested_at = models.DateTimeField()
    issued_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField(null=True)
    # When it ends by itself if it was not used, which moves on while the checkout does; and when
    # its code does at the latest.
    expires_at = models.DateTimeField()
    code_ends_at = models.DateTimeField()
    # Since when the code has been used up without an order in sight.
    burnt_since = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    # The outbox.
    due_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    trouble = models.CharField(max_length=300, default="")

    class Meta:
        constraints = (
            models.UniqueConstraint(name="redemption_key_once", fields=["member", "key"]),
            models.UniqueConstraint(
                name="redemption_code_once",
                fields=["installation", "code"],
                condition=~Q(code=""),
            ),
            models.UniqueConstraint(
                name="redemption_mark_once",
                fields=["installation", "mark"],
                condition=~Q(mark=""),
            ),
            models.UniqueConstraint(
                name="redemption_saleor_id_once",
                fields=["installation", "saleor_id"],
                condition=~Q(saleor_id=""),
            ),
            models.CheckConstraint(
                name="redemption_pays_with_a_hold", condition=Q(points=0) | Q(hold_id__isnull=False)
            ),
            models.CheckConstraint(
                name="redemption_costs_no_negative_points", condition=Q(points__gte=0)
            ),
        )
        indexes = (
            models.Index(name="redemption_newest_first", fields=["member", "-requested_at", "-id"]),
            models.Index(
                name="redemption_of_shop", fields=["installation", "-requested_at", "-id"]
            ),
            models.Index(
                name="redemption_due", fields=["due_at"], condition=Q(due_at__isnull=False)
            ),
        )


class RedemptionUse(models.Model):
    """One order that carries a redemption's code. Saleor's races make several possible."""

    class Flag(models.TextChoices):
        """What staff should look at."""

        NONE = "", "nothing"
        USED_AGAIN = "USED_AGAIN"
        USED_BY_OTHER = "USED_BY_OTHER"

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    installation = models.ForeignKey(Installation, on_delete=models.PROTECT, db_index=False)
    redemption = models.ForeignKey(Redemption, on_delete=models.PROTECT, related_name="uses")
    # Saleor's global id, and the number people know.
    order_id = models.CharField(max_length=64)
    order_number = models.CharField(max_length=64, default="")
    ordered_at = models.DateTimeField()
    # The state this was reckoned from, by Saleor's clock: older ones count no more.
    state_at = models.DateTimeField()
    # What it took off there, in the order's currency.
    discount = models.DecimalField(max_digits=20, decimal_places=4, default=0)
    currency = models.CharField(max_length=3, default="")
    # How much of it stayed, a fraction such as 2/3: goods that went back, orders that were
    # cancelled do not count.
    share = models.CharField(max_length=200, default="1")
    is_live = models.BooleanField(default=True)
    is_by_other = models.BooleanField(default=False)
    # Points charged for it, net of what was given back.
    points = models.BigIntegerField(default=0)
    # The postings that charged them: a list of [posting, points, of these given back].
    charges = models.JSONField(default=list)
    postings = models.PositiveIntegerField(default=0)
    flag = models.CharField(max_length=16, choices=Flag, default=Flag.NONE, blank=True)
    # Whether the order must not be sent, by policy; and when staff were told, and when they agreed.
    is_to_stop = models.BooleanField(default=False)
    reported_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(name="use_once_per_order", fields=["redemption", "order_id"]),
            models.CheckConstraint(
                name="use_charges_no_negative_points", condition=Q(points__gte=0)
            ),
        )
        indexes = (
            models.Index(name="use_of_order", fields=["installation", "order_id"]),
            models.Index(
                name="use_to_look_at",
                fields=["installation", "-recorded_at"],
                condition=~Q(flag="") & Q(resolved_at=None),
            ),
        )


class RewardStock(models.Model):
    """How often a reward with a stock was had."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    installation = models.ForeignKey(Installation, on_delete=models.PROTECT, db_index=False)
    reward = models.CharField(max_length=40)
    taken = models.BigIntegerField(default=0)
    # What was had before it was counted is not in it, and does not come back to it.
    opened_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                name="stock_once_per_reward", fields=["installation", "reward"]
            ),
            models.CheckConstraint(name="stock_taken_not_negative", condition=Q(taken__gte=0)),
        )


class Entitlement(models.Model):
    """A reward a member was given, by a stamp card, an event, a level, a referral."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    installation = models.ForeignKey(Installation, on_delete=models.PROTECT, db_index=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, db_index=False)
    # What gave it, such as `order:<id>:<rule>:1`; the same again gives nothing more.
    source = models.CharField(max_length=200)
    reward = models.CharField(max_length=40)
    earned_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    # What gave it was undone.
    withdrawn_at = models.DateTimeField(null=True)
    # What it was taken for; free again when that ends unused.
    redemption = models.ForeignKey(
        Redemption, on_delete=models.PROTECT, null=True, related_name="entitlements"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                name="entitlement_once_per_source", fields=["member", "source"]
            ),
            models.CheckConstraint(
                name="entitlement_ends_after_it_began",
                condition=Q(expires_at=None) | Q(expires_at__gt=F("earned_at")),
            ),
        )
        indexes = (
            models.Index(
                name="entitlement_open",
                fields=["member", "reward"],
                condition=Q(withdrawn_at=None, redemption=None),
            ),
        )


class PartnerCode(models.Model):
    """A code of a partner's that staff uploaded, handed out once."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    installation = models.ForeignKey(Installation, on_delete=models.PROTECT, db_index=False)
    reward = models.CharField(max_length=40)
    code = models.CharField(max_length=255)
    redemption = models.OneToOneField(Redemption, on_delete=models.PROTECT, null=True)
    added_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                name="partner_code_once", fields=["installation", "reward", "code"]
            ),
        )
        indexes = (
            models.Index(
                name="partner_code_free",
                fields=["installation", "reward", "id"],
                condition=Q(redemption=None),
            ),
        )
