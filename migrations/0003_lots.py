"""Points end by plan and by notice, and debts are written off. No table is locked for long."""

from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    ValidateConstraint,
)
from django.db import migrations, models
from django.db.models import F, Q

STATES = [
    (state, state)
    for state in (
        "OUTSIDE", "PENDING", "AVAILABLE", "HELD", "SPENT", "OWED", "REPAID", "EXPIRED",
        "CLAWED_BACK", "WRITTEN_OFF",
    )
]  # fmt: skip
KINDS = [
    (kind, kind.replace("_", " ").title())
    for kind in (
        "EARN", "MATURE", "HOLD", "RELEASE", "SPEND", "EXPIRE", "CLAW_BACK", "GIVE_BACK", "ADJUST",
        "RESCHEDULE", "WRITE_OFF", "REVIVE",
    )
]  # fmt: skip
COLUMNS = (
    "pending", "available", "held", "spent", "owed", "repaid", "expired", "clawed_back",
    "written_off",
)  # fmt: skip
CONSTRAINTS = (
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
)  # fmt: skip
INDEXES = (
    models.Index(
        name="lot_to_notice",
        fields=["installation", "lapses_at", "id"],
        condition=Q(lapses_at__isnull=False, expires_at=None)
        & (Q(pending__gt=0) | Q(available__gt=0)),
    ),
    models.Index(name="lot_expired", fields=["member", "expires_at"], condition=Q(expired__gt=0)),
)


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0002_append_only")]
    # Indexes are built beside the work that goes on, which no transaction can do.
    atomic = False

    operations = [
        migrations.RunSQL("SET statement_timeout = '4h'", migrations.RunSQL.noop),
        migrations.AddField("lot", "lapses_at", models.DateTimeField(null=True)),
        migrations.AddField("lot", "version_id", models.UUIDField(null=True)),
        migrations.AddField("lot", "written_off", models.BigIntegerField(db_default=0, default=0)),
        migrations.AlterField(
            "movement", "source", models.CharField(choices=STATES, max_length=11)
        ),
        migrations.AlterField(
            "movement", "target", models.CharField(choices=STATES, max_length=11)
        ),
        migrations.AlterField("posting", "kind", models.CharField(choices=KINDS, max_length=16)),
        *[
            operation
            for constraint in CONSTRAINTS
            for operation in (
                migrations.RemoveConstraint("lot", constraint.name),
                AddConstraintNotValid("lot", constraint),
                ValidateConstraint("lot", constraint.name),
            )
        ],
        *[AddIndexConcurrently("lot", index) for index in INDEXES],
        migrations.RunSQL("RESET statement_timeout", migrations.RunSQL.noop),
    ]
