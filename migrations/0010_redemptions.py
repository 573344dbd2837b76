"""Redemptions of rewards: what was asked for, what Saleor has of it, what it was used for."""

import django.db.models.deletion
from django.db import migrations, models

import saleor_loyalty.keys


class Migration(migrations.Migration):
    dependencies = [
        ("loyalty", "0009_backtests"),
    ]

    operations = [
        migrations.CreateModel(
            name="Entitlement",
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
                ("source", models.CharField(max_length=200)),
                ("reward", models.CharField(max_length=40)),
                ("earned_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(null=True)),
                ("withdrawn_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="PartnerCode",
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
                ("reward", models.CharField(max_length=40)),
                ("code", models.CharField(max_length=255)),
                ("added_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Redemption",
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
                ("key", models.CharField(max_length=128)),
                ("request", models.JSONField()),
                ("reward", models.CharField(max_length=40)),
                ("facts", models.JSONField()),
                ("means", models.CharField(max_length=10)),
                ("times", models.PositiveIntegerField()),
                ("points", models.BigIntegerField()),
                ("amount", models.DecimalField(decimal_places=4, max_digits=20, null=True)),
                ("currency", models.CharField(default="", max_length=3)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("REQUESTED", "Requested"),
                            ("ISSUED", "Issued"),
                            ("USED", "Used"),
                            ("RESTORED", "Restored"),
                            ("VOIDED", "Voided"),
                            ("EXPIRED", "Expired"),
                        ],
                        default="REQUESTED",
                        max_length=10,
                    ),
                ),
                (
                    "closing_as",
                    models.CharField(
                        choices=[
                            ("REQUESTED", "Requested"),
                            ("ISSUED", "Issued"),
                            ("USED", "Used"),
                            ("RESTORED", "Restored"),
                            ("VOIDED", "Voided"),
                            ("EXPIRED", "Expired"),
                        ],
                        default="",
                        max_length=10,
                    ),
                ),
                ("is_ended_by_shop", models.BooleanField(default=False)),
                ("hold_id", models.UUIDField(null=True)),
                ("spend_id", models.UUIDField(null=True)),
                ("code", models.CharField(default="", max_length=64)),
                ("mark", models.CharField(default="", max_length=16)),
                ("saleor_id", models.CharField(default="", max_length=128)),
                ("checkout_id", models.CharField(default="", max_length=200)),
                ("answer", models.JSONField(null=True)),
                ("requested_at", models.DateTimeField()),
                ("issued_at", models.DateTimeField(null=True)),
                ("applied_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField()),
                ("code_ends_at", models.DateTimeField()),
                ("burnt_since", models.DateTimeField(null=True)),
                ("used_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField(null=True)),
                ("leased_until", models.DateTimeField(null=True)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("trouble", models.CharField(default="", max_length=300)),
            ],
        ),
        migrations.CreateModel(
            name="RedemptionUse",
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
                ("order_id", models.CharField(max_length=64)),
                ("order_number", models.CharField(default="", max_length=64)),
                ("ordered_at", models.DateTimeField()),
                ("state_at", models.DateTimeField()),
                ("discount", models.DecimalField(decimal_places=4, default=0, max_digits=20)),
                ("currency", models.CharField(default="", max_length=3)),
                ("share", models.CharField(default="1", max_length=200)),
                ("is_live", models.BooleanField(default=True)),
                ("is_by_other", models.BooleanField(default=False)),
                ("points", models.BigIntegerField(default=0)),
                ("charges", models.JSONField(default=list)),
                ("postings", models.PositiveIntegerField(default=0)),
                (
                    "flag",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "nothing"),
                            ("USED_AGAIN", "Used Again"),
                            ("USED_BY_OTHER", "Used By Other"),
                        ],
                        default="",
                        max_length=16,
                    ),
                ),
                ("is_to_stop", models.BooleanField(default=False)),
                ("reported_at", models.DateTimeField(null=True)),
                ("resolved_at", models.DateTimeField(null=True)),
                ("recorded_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="RewardStock",
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
                ("reward", models.CharField(max_length=40)),
                ("taken", models.BigIntegerField(default=0)),
                ("opened_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="entitlement",
            name="installation",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="loyalty.installation",
            ),
        ),
        migrations.AddField(
            model_name="entitlement",
            name="member",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="loyalty.member"
            ),
        ),
        migrations.AddField(
            model_name="partnercode",
            name="installation",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="loyalty.installation",
            ),
        ),
        migrations.AddField(
            model_name="redemption",
            name="installation",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="loyalty.installation",
            ),
        ),
        migrations.AddField(
            model_name="redemption",
            name="member",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="loyalty.member"
            ),
        ),
        migrations.AddField(
            model_name="redemption",
            name="programme_version",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="loyalty.programmeversion",
            ),
        ),
        migrations.AddField(
            model_name="partnercode",
            name="redemption",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, to="loyalty.redemption"
            ),
        ),
        migrations.AddField(
            model_name="entitlement",
            name="redemption",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entitlements",
                to="loyalty.redemption",
            ),
        ),
        migrations.AddField(
            model_name="redemptionuse",
            name="installation",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="loyalty.installation",
            ),
        ),
        migrations.AddField(
            model_name="redemptionuse",
            name="redemption",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="uses",
                to="loyalty.redemption",
            ),
        ),
        migrations.AddField(
            model_name="rewardstock",
            name="installation",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="loyalty.installation",
            ),
        ),
        migrations.AddIndex(
            model_name="redemption",
            index=models.Index(
                fields=["member", "-requested_at", "-id"], name="redemption_newest_first"
            ),
        ),
        migrations.AddIndex(
            model_name="redemption",
            index=models.Index(
                fields=["installation", "-requested_at", "-id"], name="redemption_of_shop"
            ),
        ),
        migrations.AddIndex(
            model_name="redemption",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)),
                fields=["due_at"],
                name="redemption_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="redemption",
            constraint=models.UniqueConstraint(
                fields=("member", "key"), name="redemption_key_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="redemption",
            constraint=models.UniqueConstraint(
                condition=models.Q(("code", ""), _negated=True),
                fields=("installation", "code"),
                name="redemption_code_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="redemption",
            constraint=models.UniqueConstraint(
                condition=models.Q(("mark", ""), _negated=True),
                fields=("installation", "mark"),
                name="redemption_mark_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="redemption",
            constraint=models.UniqueConstraint(
                condition=models.Q(("saleor_id", ""), _negated=True),
                fields=("installation", "saleor_id"),
                name="redemption_saleor_id_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="redemption",
            constraint=models.CheckConstraint(
                condition=models.Q(("points", 0), ("hold_id__isnull", False), _connector="OR"),
                name="redemption_pays_with_a_hold",
            ),
        ),
        migrations.AddConstraint(
            model_name="redemption",
            constraint=models.CheckConstraint(
                condition=models.Q(("points__gte", 0)), name="redemption_costs_no_negative_points"
            ),
        ),
        migrations.AddIndex(
            model_name="partnercode",
            index=models.Index(
                condition=models.Q(("redemption", None)),
                fields=["installation", "reward", "id"],
                name="partner_code_free",
            ),
        ),
        migrations.AddConstraint(
            model_name="partnercode",
            constraint=models.UniqueConstraint(
                fields=("installation", "reward", "code"), name="partner_code_once"
            ),
        ),
        migrations.AddIndex(
            model_name="entitlement",
            index=models.Index(
                condition=models.Q(("redemption", None), ("withdrawn_at", None)),
                fields=["member", "reward"],
                name="entitlement_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="entitlement",
            constraint=models.UniqueConstraint(
                fields=("member", "source"), name="entitlement_once_per_source"
            ),
        ),
        migrations.AddConstraint(
            model_name="entitlement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("expires_at", None), ("expires_at__gt", models.F("earned_at")), _connector="OR"
                ),
                name="entitlement_ends_after_it_began",
            ),
        ),
        migrations.AddIndex(
            model_name="redemptionuse",
            index=models.Index(fields=["installation", "order_id"], name="use_of_order"),
        ),
        migrations.AddIndex(
            model_name="redemptionuse",
            index=models.Index(
                condition=models.Q(models.Q(("flag", ""), _negated=True), ("resolved_at", None)),
                fields=["installation", "-recorded_at"],
                name="use_to_look_at",
            ),
        ),
        migrations.AddConstraint(
            model_name="redemptionuse",
            constraint=models.UniqueConstraint(
                fields=("redemption", "order_id"), name="use_once_per_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="redemptionuse",
            constraint=models.CheckConstraint(
                condition=models.Q(("points__gte", 0)), name="use_charges_no_negative_points"
            ),
        ),
        migrations.AddConstraint(
            model_name="rewardstock",
            constraint=models.UniqueConstraint(
                fields=("installation", "reward"), name="stock_once_per_reward"
            ),
        ),
        migrations.AddConstraint(
            model_name="rewardstock",
            constraint=models.CheckConstraint(
                condition=models.Q(("taken__gte", 0)), name="stock_taken_not_negative"
            ),
        ),
    ]
