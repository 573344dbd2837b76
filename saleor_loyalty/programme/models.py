"""The versions of a shop's programme."""

from django.db import models
from django.db.models import Q

from saleor_loyalty.installations.models import Installation
from saleor_loyalty.keys import new_key


class ProgrammeVersion(models.Model):
    """One published version: immutable, in force from its effective date until the next one."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    installation = models.ForeignKey(Installation, on_delete=models.PROTECT)
    number = models.PositiveIntegerField()
    document = models.JSONField()
    effective_from = models.DateTimeField()
    published_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                name="programme_version_number_once", fields=["installation", "number"]
            ),
            models.CheckConstraint(
                name="programme_version_counts_from_one", condition=Q(number__gte=1)
            ),
        )
