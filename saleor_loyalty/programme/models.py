"""The versions of a shop's programme, and the draft of the next one."""

from django.db import models
from django.db.models import F, Q

from saleor_loyalty.installations.models import Installation
from saleor_loyalty.keys import new_key

NOTE_CHARACTERS_MAX = 500


class ProgrammeVersion(models.Model):
    """One published version: immutable, in force from its effective date until the next one.

    Until that date it can be withdrawn, once.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    installation = models.ForeignKey(Installation, on_delete=models.PROTECT)
    number = models.PositiveIntegerField()
    document = models.JSONField()
    effective_from = models.DateTimeField()
    published_at = models.DateTimeField()
    # Saleor's id of the user; "" if it was no user, but the command line.
    published_by = models.CharField(max_length=64, default="", db_default="")
    note = models.CharField(max_length=NOTE_CHARACTERS_MAX, default="", db_default="")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                name="programme_version_number_once", fields=["installation", "number"]
            ),
            models.CheckConstraint(
                name="programme_version_counts_from_one", condition=Q(number__gte=1)
            ),
            models.CheckConstraint(
                name="programme_version_not_of_the_past",
                condition=Q(effective_from__gte=F("published_at")),
            ),
            models.CheckConstraint(
                name="programme_version_withdrawn_in_time",
                condition=Q(withdrawn_at=None) | Q(withdrawn_at__lt=F("effective_from")),
            ),
        )


class ProgrammeDraft(models.Model):
    """What a shop writes at: any JSON object, right or wrong. One a shop."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    installation = models.OneToOneField(Installation, on_delete=models.PROTECT)
    # None: it was discarded, or published.
    document = models.JSONField(null=True)
    # Rises with every change, also when a draft is begun anew: it tells which one somebody read.
    revision = models.PositiveIntegerField()
    edited_at = models.DateTimeField()
    edited_by = models.CharField(max_length=64, default="")
