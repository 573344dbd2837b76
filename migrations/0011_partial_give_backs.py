"""A spend may be given back bit by bit, a hold is settled once. No table is locked for long."""

from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    ValidateConstraint,
)
from django.db import migrations, models
from django.db.models import Q

GIVES_BACK = models.CheckConstraint(
    name="posting_gives_points_back",
    condition=Q(given_back=None) | Q(kind="GIVE_BACK", given_back__gt=0),
)
UNDONE_ONCE = models.UniqueConstraint(
    name="posting_undone_once",
    fields=["undoes"],
    condition=Q(undoes__isnull=False) & ~Q(kind="GIVE_BACK"),
)
# The new index is there before the old one goes: at no moment can a hold be settled twice.
REPLACE = [
    """
    CREATE UNIQUE INDEX CONCURRENTLY posting_undone_once_new ON loyalty_posting (undoes_id)
    WHERE undoes_id IS NOT NULL AND kind <> 'GIVE_BACK'
    """,
    "DROP INDEX CONCURRENTLY posting_undone_once",
    "ALTER INDEX posting_undone_once_new RENAME TO posting_undone_once",
]


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0010_redemptions")]
    # Indexes are built beside the work that goes on, which no transaction can do.
    atomic = False

    operations = [
        migrations.RunSQL("SET statement_timeout = '4h'", migrations.RunSQL.noop),
        migrations.AddField("posting", "given_back", models.BigIntegerField(null=True)),
        AddConstraintNotValid("posting", GIVES_BACK),
        ValidateConstraint("posting", GIVES_BACK.name),
        AddIndexConcurrently(
            "posting",
            models.Index(
                name="posting_gives_back", fields=["undoes"], condition=Q(kind="GIVE_BACK")
            ),
        ),
        migrations.RunSQL(REPLACE, migrations.RunSQL.noop),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveConstraint("posting", UNDONE_ONCE.name),
                migrations.AddConstraint("posting", UNDONE_ONCE),
            ]
        ),
        migrations.RunSQL("RESET statement_timeout", migrations.RunSQL.noop),
    ]
