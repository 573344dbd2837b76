"""Paid memberships, and points that become money by themselves."""

import django.db.models.deletion
from django.db import migrations, models

import saleor_loyalty.keys

# Programmes could name memberships and given rewards before anything came of them: members of
# such shops are counted again, in the background, under the version in force.
_COUNT_AGAIN = """
DELETE FROM loyalty_recount WHERE version_id IN (
    SELECT id FROM (
        SELECT DISTINCT ON (installation_id) id, document FROM loyalty_programmeversion
        WHERE withdrawn_at IS NULL AND effective_from <= now()
        ORDER BY installation_id, effective_from DESC, number DESC
    ) AS in_force
    WHERE jsonb_typeof(document -> 'membership') = 'object'
       OR jsonb_array_length(coalesce(document -> 'rewards', '[]')) > 0)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("loyalty", "0011_partial_give_backs"),
    ]

    operations = [
        migrations.AlterField(
            model_name="round",
            name="job",
            field=models.CharField(
                choices=[("PLAN", "Plan"), ("TERMS", "Terms"), ("CONVERT", "Convert")],
                max_length=16,
            ),
        ),
        migrations.CreateModel(
            name="ConversionTurn",
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
                ("key", models.CharField(max_length=40)),
                ("reached", models.UUIDField(null=True)),
                ("is_finished", models.BooleanField(default=False)),
                (
                    "installation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="loyalty.installation",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("installation", "key"), name="conversion_turn_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PaidMembership",
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
                ("order_id", models.UUIDField()),
                ("segment", models.CharField(default="", max_length=40)),
                ("from_at", models.DateTimeField()),
                ("until", models.DateTimeField(null=True)),
                ("year_from", models.DateTimeField()),
                ("given_back_at", models.DateTimeField(null=True)),
                (
                    "installation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="loyalty.installation",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="loyalty.member",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["installation", "year_from"], name="paid_membership_years")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("member", "order_id"), name="paid_membership_once_per_order"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until", None), ("until__gte", models.F("from_at")), _connector="OR"
                        ),
                        name="paid_membership_ends_after_it_began",
                    ),
                ],
            },
        ),
        migrations.RunSQL(_COUNT_AGAIN, migrations.RunSQL.noop),
    ]
