"""What members share: budgets, and their turns to be counted again."""

from django.db import models
from django.db.models import Q

from saleor_loyalty.installations.models import Installation
from saleor_loyalty.keys import new_key
from saleor_loyalty.programme.models import ProgrammeVersion


class Budget(models.Model):
    """How many points a rule or campaign with a budget has given, over all members."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    installation = models.ForeignKey(Installation, on_delete=models.PROTECT, db_index=False)
    # The rule's or campaign's.
    key = models.CharField(max_length=40)
    spent = models.BigIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(name="budget_once_per_key", fields=["installation", "key"]),
            models.CheckConstraint(name="budget_spent_not_negative", condition=Q(spent__gte=0)),
        )


class Recount(models.Model):
    """How far members have been counted again since a version of the programme took effect."""

    version = models.OneToOneField(ProgrammeVersion, on_delete=models.PROTECT, primary_key=True)
    installation = models.ForeignKey(Installation, on_delete=models.PROTECT, db_index=False)
    # The last member whose turn it was; turns come by key.
    reached = models.UUIDField(null=True)
    is_finished = models.BooleanField(default=False)


class ConversionTurn(models.Model):
    """How far the members of a shop have been seen to at the end of a period."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    installation = models.ForeignKey(Installation, on_delete=models.PROTECT, db_index=False)
    # The period's, see accrual/turns.py.
    key = models.CharField(max_length=40)
    # The last member whose turn it was; turns come by key.
    reached = models.UUIDField(null=True)
    is_finished = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(name="conversion_turn_once", fields=["installation", "key"]),
        )
