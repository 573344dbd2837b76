"""Orders keep their facts, so that whole histories can be counted. No table is locked for long."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

from saleor_loyalty.keys import new_key

STATUSES = [(each, each.title()) for each in ("WAITING", "RUNNING", "DONE", "FAILED")]


def key():
    """Return a field for keys of ours."""
    return models.UUIDField(default=new_key, editable=False, primary_key=True, serialize=False)


def shop(**options):
    """Return a field for the shop a row is of."""
    return models.ForeignKey(
        "loyalty.installation", on_delete=django.db.models.deletion.PROTECT, **options
    )


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0006_programme")]
    # The index is built beside the work that goes on, which no transaction can do.
    atomic = False

    operations = [
        migrations.RunSQL("SET statement_timeout = '4h'", migrations.RunSQL.noop),
        migrations.AddField("order", "created_at", models.DateTimeField(null=True)),
        migrations.AddField("order", "facts", models.JSONField(default=dict)),
        migrations.AddField("order", "granted", models.JSONField(default=dict)),
        migrations.AddField("order", "parts", models.JSONField(default=list)),
        # Programs of the version before go on writing until they are restarted.
        migrations.RunSQL(
            """
            ALTER TABLE loyalty_order ALTER COLUMN facts SET DEFAULT '{}',
                ALTER COLUMN granted SET DEFAULT '{}', ALTER COLUMN parts SET DEFAULT '[]'
            """,
            migrations.RunSQL.noop,
        ),
        AddIndexConcurrently(
            "order", models.Index(name="order_of_member", fields=["member", "created_at", "id"])
        ),
        migrations.AlterField(
            "order",
            "member",
            models.ForeignKey(
                "loyalty.member",
                on_delete=django.db.models.deletion.PROTECT,
                null=True,
                db_index=False,
            ),
        ),
        migrations.CreateModel(
            "Budget",
            [
                ("id", key()),
                ("installation", shop(db_index=False)),
                ("key", models.CharField(max_length=40)),
                ("spent", models.BigIntegerField(default=0)),
            ],
            {
                "constraints": (
                    models.UniqueConstraint(
                        name="budget_once_per_key", fields=["installation", "key"]
                    ),
                    models.CheckConstraint(
                        name="budget_spent_not_negative", condition=models.Q(spent__gte=0)
                    ),
                )
            },
        ),
        migrations.CreateModel(
            "Recount",
            [
                (
                    "version",
                    models.OneToOneField(
                        "loyalty.programmeversion",
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("installation", shop(db_index=False)),
                ("reached", models.UUIDField(null=True)),
                ("is_finished", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            "Backtest",
            [
                ("id", key()),
                ("installation", shop()),
                ("document", models.JSONField()),
                ("months", models.PositiveSmallIntegerField()),
                (
                    "status",
                    models.CharField(choices=STATUSES, default="WAITING", max_length=8),
                ),
                ("parts_done", models.PositiveSmallIntegerField(default=0)),
                ("result", models.JSONField(null=True)),
                ("requested_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.RunSQL("RESET statement_timeout", migrations.RunSQL.noop),
    ]
