"""Members' levels and points, as Saleor shows them."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("loyalty", "0012_given_and_converted"),
    ]

    operations = [
        migrations.CreateModel(
            name="MirrorCursor",
            fields=[
                ("name", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("reached", models.UUIDField()),
            ],
        ),
        migrations.CreateModel(
            name="MirrorTarget",
            fields=[
                (
                    "installation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="mirror_target",
                        serialize=False,
                        to="loyalty.installation",
                    ),
                ),
                ("tier_attribute", models.CharField(default="", max_length=64)),
                ("points_attribute", models.CharField(default="", max_length=64)),
                ("points_are_numeric", models.BooleanField(default=False)),
                (
                    "customer_types",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=64), default=list, size=None
                    ),
                ),
                ("setup", models.PositiveIntegerField(default=0)),
                ("look_at", models.DateTimeField()),
                ("round_at", models.DateTimeField()),
                ("place_id", models.UUIDField(null=True)),
                ("serve_at", models.DateTimeField()),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Mirror",
            fields=[
                (
                    "member",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="loyalty.member",
                    ),
                ),
                ("setup", models.PositiveIntegerField(db_default=0, default=0)),
                ("tier", models.CharField(db_default="", default="", max_length=200)),
                ("points", models.BigIntegerField(null=True)),
                ("due_at", models.DateTimeField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(db_default=0, default=0)),
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
                "indexes": [
                    models.Index(
                        condition=models.Q(("due_at__isnull", False)),
                        fields=["installation", "due_at"],
                        name="mirror_due",
                    )
                ],
            },
        ),
    ]
