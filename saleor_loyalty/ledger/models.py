"""The tables only the ledger writes: postings, movements, lots."""

from django.db import models
from django.db.models import F, Q

from saleor_loyalty.installations.models import Installation
from saleor_loyalty.keys import new_key
from saleor_loyalty.ledger.book import COUNTED, State
from saleor_loyalty.members.models import Member

COLUMNS = tuple(state.value.lower() for state in COUNTED)
STATES = [(state.value, state.value) for state in State]


class Posting(models.Model):
    """One business event in the ledger. Append-only; its key is unique for ever."""

    class Kind(models.TextChoices):
        """What happened."""

        EARN = "EARN"
        MATURE = "MATURE"
        HOLD = "HOLD"
        RELEASE = "RELEASE"
        SPEND = "SPEND"
        EXPIRE = "EXPIRE"
        CLAW_BACK = "CLAW_BACK"
        GIVE_BACK = "GIVE_BACK"
        ADJUST = "ADJUST"
        RESCHEDULE = "RESCHEDULE"
        WRITE_OFF = "WRITE_OFF"
        REVIVE = "REVIVE"

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    installation = models.ForeignKey(Installation, on_delete=models.PROTECT, db_index=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, db_index=False)
    kind = models.CharField(max_length=16, choices=Kind)
    key = models.CharField(max_length=128)
    # What a person is told: {"code": …, parameters}. See ledger/reasons.py.
    reason = models.JSONField()
    # The hold or spend that this posting settles or undoes.
    undoes = models.ForeignKey("self", on_delete=models.PROTECT, null=True, db_index=False)
    # How many points of a spend a give-back returned; null: it is none, or returned all of them.
    given_back = models.BigIntegerField(null=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(name="posting_key_once", fields=["member", "key"]),
            # A hold is released or spent once; a spend may be given back bit by bit.
            models.UniqueConstraint(
                name="posting_undone_once",
                fields=["undoes"],
                condition=Q(undoes__isnull=False) & ~Q(kind="GIVE_BACK"),
            ),
            models.CheckConstraint(
                name="posting_gives_points_back",
                condition=Q(given_back=None) | Q(kind="GIVE_BACK", given_back__gt=0),
            ),
        )
        indexes = (
            models.Index(name="posting_history", fields=["member", "-occurred_at", "-id"]),
            models.Index(
                name="posting_gives_back", fields=["undoes"], condition=Q(kind="GIVE_BACK")
            ),
        )


class Lot(models.Model):
    """Points earned together, with one expiry. Its columns are a projection of its movements."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    installation = models.ForeignKey(Installation, on_delete=models.PROTECT, db_index=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, db_index=False)
    # The order (or activity) that earned it, and the programme version it was earned under; not
    # foreign keys, because the ledger knows neither.
    order_id = models.UUIDField(null=True)
    version_id = models.UUIDField(null=True)
    earned = models.BigIntegerField()
    pending = models.BigIntegerField(default=0)
    available = models.BigIntegerField(default=0)
    held = models.BigIntegerField(default=0)
    spent = models.BigIntegerField(default=0)
    owed = models.BigIntegerField(default=0)
    repaid = models.BigIntegerField(default=0)
    expired = models.BigIntegerField(default=0)
    clawed_back = models.BigIntegerField(default=0)
    # A default of the database's too: while a new release is rolled out, the old one still writes.
    written_off = models.BigIntegerField(default=0, db_default=0)
    # Pending points wait for this moment; null while it is not known yet.
    matures_at = models.DateTimeField(null=True)
    # When the points are planned to end (null: never), and when they do, once a notice was sent.
    lapses_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="lot_conserves_points",
                condition=Q(
                    earned=F("pending") + F("available") + F("held") + F("spent") + F("owed")
                    + F("repaid") + F("expired") + F("clawed_back") + F("written_off")
                ),
            ),
            models.CheckConstraint(
                name="lot_counts_no_negative_points",
                condition=Q(earned__gt=0, **{f"{column}__gte": 0 for column in COLUMNS}),
            ),
            models.CheckConstraint(
                name="lot_matures_before_it_expires",
                condition=Q(matures_at=None) | Q(expires_at=None)
                | Q(expires_at__gt=F("matures_at")),
            ),
        )  # fmt: skip
        indexes = (
            models.Index(
                name="lot_open",
                fields=["member"],
                condition=Q(pending__gt=0) | Q(available__gt=0) | Q(held__gt=0) | Q(owed__gt=0),
            ),
            models.Index(name="lot_owing", fields=["member"], condition=Q(owed__gt=0)),
            models.Index(
                name="lot_of_order", fields=["order_id"], condition=Q(order_id__isnull=False)
            ),
            models.Index(name="lot_to_mature", fields=["matures_at"], condition=Q(pending__gt=0)),
            models.Index(
                name="lot_to_expire",
                fields=["expires_at"],
                condition=Q(expires_at__isnull=False) & (Q(pending__gt=0) | Q(available__gt=0)),
            ),
            models.Index(
                name="lot_to_notice",
                fields=["installation", "lapses_at", "id"],
                condition=Q(lapses_at__isnull=False, expires_at=None)
                & (Q(pending__gt=0) | Q(available__gt=0)),
            ),
            models.Index(
                name="lot_expired", fields=["member", "expires_at"], condition=Q(expired__gt=0)
            ),
        )


class Movement(models.Model):
    """Points of one lot going from one state to another. Append-only."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    posting = models.ForeignKey(Posting, on_delete=models.PROTECT)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, db_index=False)
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, db_index=False)
    source = models.CharField(max_length=11, choices=STATES)
    target = models.CharField(max_length=11, choices=STATES)
    points = models.BigIntegerField()
    # The lot whose debt these points repay (or stop repaying).
    covers = models.ForeignKey(Lot, on_delete=models.PROTECT, null=True, related_name="covered_by",
                               db_index=False)  # fmt: skip

    class Meta:
        constraints = (
            models.CheckConstraint(name="movement_moves_points", condition=Q(points__gt=0)),
            models.CheckConstraint(name="movement_changes_state", condition=~Q(source=F("target"))),
        )
        indexes = (
            models.Index(
                name="movement_covers", fields=["covers"], condition=Q(covers__isnull=False)
            ),
            models.Index(name="movement_repays", fields=["lot"], condition=Q(covers__isnull=False)),
        )
