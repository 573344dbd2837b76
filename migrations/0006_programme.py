"""A draft beside the versions; a version that is not in force yet can be withdrawn."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models
from django.db.models import F, Q

import saleor_loyalty.keys

CONSTRAINTS = (
    models.CheckConstraint(
        name="programme_version_not_of_the_past",
        condition=Q(effective_from__gte=F("published_at")),
    ),
    models.CheckConstraint(
        name="programme_version_withdrawn_in_time",
        condition=Q(withdrawn_at=None) | Q(withdrawn_at__lt=F("effective_from")),
    ),
)
GUARD = """
CREATE FUNCTION loyalty_forbid_change_of_terms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.withdrawn_at IS NULL AND NEW.withdrawn_at IS NOT NULL
       AND to_jsonb(NEW) - 'withdrawn_at' = to_jsonb(OLD) - 'withdrawn_at' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
DROP TRIGGER append_only ON loyalty_programmeversion;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON loyalty_programmeversion
    FOR EACH ROW EXECUTE FUNCTION loyalty_forbid_change_of_terms();
"""
UNGUARD = """
DROP TRIGGER append_only ON loyalty_programmeversion;
DROP FUNCTION loyalty_forbid_change_of_terms();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON loyalty_programmeversion
    FOR EACH ROW EXECUTE FUNCTION loyalty_forbid_change();
"""


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0005_activities")]

    operations = [
        migrations.CreateModel(
            name="ProgrammeDraft",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=saleor_loyalty.keys.new_key,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("document", models.JSONField(null=True)),
                ("revision", models.PositiveIntegerField()),
                ("edited_at", models.DateTimeField()),
                ("edited_by", models.CharField(default="", max_length=64)),
                (
                    "installation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, to="loyalty.installation"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            "programmeversion",
            "published_by",
            models.CharField(db_default="", default="", max_length=64),
        ),
        migrations.AddField(
            "programmeversion",
            "note",
            models.CharField(db_default="", default="", max_length=500),
        ),
        migrations.AddField("programmeversion", "withdrawn_at", models.DateTimeField(null=True)),
        *[
            operation
            for constraint in CONSTRAINTS
            for operation in (
                AddConstraintNotValid("programmeversion", constraint),
                ValidateConstraint("programmeversion", constraint.name),
            )
        ],
        migrations.RunSQL(GUARD, UNGUARD),
    ]
