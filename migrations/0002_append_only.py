"""Postings and movements are append-only, published terms immutable: the database says so."""

from django.db import migrations

FORBID = """
CREATE FUNCTION loyalty_forbid_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""
TABLES = ("loyalty_posting", "loyalty_movement", "loyalty_programmeversion")


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0001_initial")]

    operations = [
        migrations.RunSQL(FORBID, "DROP FUNCTION loyalty_forbid_change()"),
        *[
            migrations.RunSQL(
                f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION loyalty_forbid_change()",
                f"DROP TRIGGER append_only ON {table}",
            )
            for table in TABLES
        ],
        # Bodies are read once: compressing them costs more than it saves.
        migrations.RunSQL(
            "ALTER TABLE loyalty_inboxevent ALTER COLUMN body SET STORAGE EXTERNAL",
            "ALTER TABLE loyalty_inboxevent ALTER COLUMN body SET STORAGE EXTENDED",
        ),
    ]
