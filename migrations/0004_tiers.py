"""Members have levels, and are told facts of. No table is locked for long."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import F, Q

import saleor_loyalty.keys

CAUSES = [
    (cause, cause.title())
    for cause in ("START", "UPGRADE", "REVIEW", "MANUAL", "TERMS", "CORRECTION")
]
INDEXES = (
    models.Index(
        name="member_to_review",
        fields=["tier_review_at"],
        condition=Q(tier_review_at__isnull=False),
    ),
    models.Index(
        name="member_of_tier", fields=["installation", "tier", "id"], condition=~Q(tier="")
    ),
)


def key() -> models.UUIDField:
    """A primary key that is ordered by time."""
    return models.UUIDField(
        default=saleor_loyalty.keys.new_key, editable=False, primary_key=True, serialize=False
    )


def of(kind: str) -> models.ForeignKey:
    """The shop or the member a row belongs to."""
    return models.ForeignKey(
        db_index=False, on_delete=django.db.models.deletion.PROTECT, to=f"loyalty.{kind}"
    )


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0003_lots")]
    # Indexes are built beside the work that goes on, which no transaction can do.
    atomic = False

    operations = [
        migrations.RunSQL("SET statement_timeout = '4h'", migrations.RunSQL.noop),
        migrations.AddField(
            "member", "tier", models.CharField(db_default="", default="", max_length=40)
        ),
        migrations.AddField("member", "tier_since", models.DateTimeField(null=True)),
        migrations.AddField("member", "tier_until", models.DateTimeField(null=True)),
        migrations.AddField(
            "member", "tier_cause", models.CharField(db_default="", default="", max_length=10)
        ),
        migrations.AddField("member", "tier_review_at", models.DateTimeField(null=True)),
        *[AddIndexConcurrently("member", index) for index in INDEXES],
        migrations.CreateModel(
            name="MemberFact",
            fields=[
                ("id", key()),
                ("key", models.CharField(max_length=40)),
                ("value", models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                ("at", models.DateTimeField()),
                ("installation", of("installation")),
                ("member", of("member")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("member", "key", "at"), name="fact_once_per_moment"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TierGrant",
            fields=[
                ("id", key()),
                ("key", models.CharField(max_length=80)),
                ("level", models.CharField(max_length=40)),
                ("from_at", models.DateTimeField()),
                ("until", models.DateTimeField(null=True)),
                ("is_floor", models.BooleanField()),
                ("reason", models.CharField(max_length=500)),
                ("by", models.CharField(max_length=64)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("revoked_by", models.CharField(default="", max_length=64)),
                ("installation", of("installation")),
                ("member", of("member")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("member", "key"), name="grant_key_once"),
                    models.CheckConstraint(
                        condition=Q(until=None) | Q(until__gt=F("from_at")),
                        name="grant_begins_before_it_ends",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TierChange",
            fields=[
                ("id", key()),
                ("from_level", models.CharField(max_length=40)),
                ("to_level", models.CharField(max_length=40)),
                ("at", models.DateTimeField()),
                ("until", models.DateTimeField(null=True)),
                ("cause", models.CharField(choices=CAUSES, max_length=10)),
                ("recorded_at", models.DateTimeField()),
                ("installation", of("installation")),
                ("member", of("member")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["member", "-at", "-id"], name="tier_history"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("member", "at", "to_level", "cause"), name="tier_change_once"
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON loyalty_tierchange"
            " FOR EACH ROW EXECUTE FUNCTION loyalty_forbid_change()",
            "DROP TRIGGER append_only ON loyalty_tierchange",
        ),
        migrations.RunSQL("RESET statement_timeout", migrations.RunSQL.noop),
    ]
