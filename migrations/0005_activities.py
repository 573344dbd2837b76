"""What members did besides buying, what they told of themselves, and which campaigns they joined.

New tables only: nothing that is in use is locked.
"""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

import saleor_loyalty.keys


def key() -> models.UUIDField:
    """A primary key that is ordered by time."""
    return models.UUIDField(
        default=saleor_loyalty.keys.new_key, editable=False, primary_key=True, serialize=False
    )


def of_shop() -> models.ForeignKey:
    """The shop a row belongs to."""
    return models.ForeignKey(
        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="loyalty.installation"
    )


def of_member() -> models.ForeignKey:
    """The member a row is about."""
    return models.ForeignKey(
        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="loyalty.member"
    )


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0004_tiers")]

    operations = [
        migrations.CreateModel(
            name="Activity",
            fields=[
                ("id", key()),
                ("event", models.CharField(max_length=40)),
                ("reference", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
                ("is_revoked", models.BooleanField(default=False)),
                ("points", models.BigIntegerField(default=0)),
                ("postings", models.PositiveIntegerField(default=0)),
                ("parts", models.JSONField(default=list)),
                ("granted", models.JSONField(default=dict)),
                ("receipt", models.JSONField(default=dict)),
                ("recorded_at", models.DateTimeField()),
                ("installation", of_shop()),
                ("member", of_member()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("member", "event", "reference"), name="activity_once_for_ever"
                    ),
                    models.CheckConstraint(
                        condition=Q(points__gte=0), name="activity_points_not_negative"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MemberProfile",
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
                ("birth_month", models.PositiveSmallIntegerField()),
                ("birth_day", models.PositiveSmallIntegerField()),
                ("birthday_set_at", models.DateTimeField()),
                (
                    "birthday_set_by",
                    models.CharField(
                        choices=[("CUSTOMER", "Customer"), ("STAFF", "Staff")], max_length=8
                    ),
                ),
                ("birthday_note", models.CharField(default="", max_length=500)),
                ("birthday_staff_id", models.CharField(default="", max_length=64)),
                ("installation", of_shop()),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["installation", "birth_month", "birth_day"],
                        name="profile_birthday",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(birth_month__range=(1, 12), birth_day__range=(1, 29))
                        | Q(birth_month__in=(4, 6, 9, 11), birth_day=30)
                        | Q(birth_month__in=(1, 3, 5, 7, 8, 10, 12), birth_day__in=(30, 31)),
                        name="profile_birthday_exists",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Handout",
            fields=[
                ("id", key()),
                ("campaign", models.CharField(max_length=40)),
                ("reached", models.UUIDField(null=True)),
                ("is_finished", models.BooleanField(default=False)),
                ("installation", of_shop()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("installation", "campaign"), name="handout_once_per_campaign"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OptIn",
            fields=[
                ("id", key()),
                ("campaign", models.CharField(max_length=40)),
                ("at", models.DateTimeField()),
                ("installation", of_shop()),
                ("member", of_member()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("member", "campaign"), name="opt_in_once"),
                ],
            },
        ),
    ]
