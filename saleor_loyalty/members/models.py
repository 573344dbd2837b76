"""Who collects points. Personal data stays in Saleor."""

from django.db import models

from saleor_loyalty.installations.models import Installation


class Member(models.Model):
    """A customer of one shop who collects points.

    The key is derived from (installation, Saleor user), see `saleor_loyalty.keys.member_key`.
    This row is also the lock under which the member's points move.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    installation = models.ForeignKey(Installation, on_delete=models.PROTECT)
    saleor_user_id = models.CharField(max_length=64)
    joined_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                name="member_once_per_customer", fields=["installation", "saleor_user_id"]
            ),
        )
        indexes = (
            models.Index(name="member_newest_first", fields=["installation", "-joined_at", "-id"]),
        )
