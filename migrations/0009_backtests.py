"""Backtests can be gone on with, and a shop runs one at a time. Nobody has asked for any yet."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0008_notices")]

    operations = [
        # They are for looking at once, and can be asked for again.
        migrations.RunSQL("DELETE FROM loyalty_backtest", migrations.RunSQL.noop),
        migrations.RemoveField("backtest", "parts_done"),
        migrations.AddField(
            "backtest",
            "version",
            models.ForeignKey(
                "loyalty.programmeversion",
                on_delete=django.db.models.deletion.PROTECT,
                db_index=False,
            ),
        ),
        migrations.AddField("backtest", "stage", models.JSONField(null=True)),
        migrations.AddField("backtest", "tries", models.PositiveSmallIntegerField(default=0)),
        migrations.AddField(
            "backtest", "requested_by", models.CharField(default="", max_length=64)
        ),
        migrations.AddField("backtest", "worked_at", models.DateTimeField(null=True)),
        migrations.AddConstraint(
            "backtest",
            models.UniqueConstraint(
                name="backtest_one_open_per_shop",
                fields=["installation"],
                condition=Q(status__in=("WAITING", "RUNNING")),
            ),
        ),
        migrations.AddConstraint(
            "backtest",
            models.CheckConstraint(
                name="backtest_done_has_result",
                condition=~Q(status="DONE") | Q(result__isnull=False, finished_at__isnull=False),
            ),
        ),
    ]
