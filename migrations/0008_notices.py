"""What members are told before their points expire, and how long these last."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import saleor_loyalty.keys


class Migration(migrations.Migration):
    dependencies = [
        ("loyalty", "0007_accrual"),
    ]

    operations = [
        migrations.CreateModel(
            name="Extension",
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
                ("key", models.CharField(max_length=80)),
                ("until", models.DateTimeField()),
                ("asked_at", models.DateTimeField()),
                ("place_id", models.UUIDField(null=True)),
                ("lots", models.PositiveBigIntegerField(default=0)),
                ("done_at", models.DateTimeField(null=True)),
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="loyalty.member",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("done_at__isnull", True)),
                        fields=["asked_at"],
                        name="extension_to_do",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("installation", "key"), name="extension_once_per_key"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("until__gt", models.F("asked_at"))),
                        name="extension_lengthens",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Notice",
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
                (
                    "kind",
                    models.CharField(
                        choices=[("EXPIRY", "Expiry")], default="EXPIRY", max_length=16
                    ),
                ),
                ("points", models.BigIntegerField()),
                ("expires_at", models.DateTimeField()),
                ("lapses_on", models.DateField()),
                (
                    "lots",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), size=None
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                (
                    "channel",
                    models.CharField(
                        blank=True,
                        choices=[("EMAIL", "Email"), ("STOREFRONT", "Storefront")],
                        default="",
                        max_length=16,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("next_attempt_at", models.DateTimeField(null=True)),
                ("last_problem", models.CharField(blank=True, default="", max_length=64)),
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
                    models.Index(fields=["member", "expires_at"], name="notice_of_member"),
                    models.Index(
                        condition=models.Q(("next_attempt_at__isnull", False), ("sent_at", None)),
                        fields=["next_attempt_at"],
                        name="notice_due",
                    ),
                    models.Index(
                        condition=models.Q(("next_attempt_at__isnull", False), ("sent_at", None)),
                        fields=["installation", "member", "lapses_on"],
                        name="notice_due_in_shop",
                    ),
                    models.Index(
                        fields=["installation", "channel", "-sent_at"], name="notice_newest"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("sent_at", None)),
                        fields=("member", "kind", "lapses_on"),
                        name="notice_open_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("channel", ""), ("sent_at", None)),
                            models.Q(
                                ("sent_at__isnull", False), models.Q(("channel", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="notice_sent_through_a_channel",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("points__gt", 0)), name="notice_is_of_points"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Round",
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
                (
                    "job",
                    models.CharField(choices=[("PLAN", "Plan"), ("TERMS", "Terms")], max_length=16),
                ),
                ("place_at", models.DateTimeField(null=True)),
                ("place_id", models.UUIDField(null=True)),
                ("due_at", models.DateTimeField()),
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
                        fields=("installation", "job"), name="round_once_per_job"
                    )
                ],
            },
        ),
    ]
