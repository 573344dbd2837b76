"""Which Saleor shops installed us."""

from django.db import models

from saleor_loyalty.keys import new_key


class Installation(models.Model):
    """One Saleor shop that installed us; every other row belongs to one of these."""

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    api_url = models.URLField(max_length=255)
    app_id = models.CharField(max_length=64)
    # Encrypted at rest, see installations/secrets.py.
    token = models.BinaryField()
    # Saleor's public signing keys, as it published them last.
    jwks = models.JSONField()
    jwks_fetched_at = models.DateTimeField()
    # When we last tried; later than the above while a fetch is under way, or after it failed.
    jwks_tried_at = models.DateTimeField()
    saleor_version = models.CharField(max_length=32)
    is_active = models.BooleanField(default=True)
    installed_at = models.DateTimeField()
    # The poller has seen every order changed before this moment.
    orders_seen_until = models.DateTimeField()
    # The poller also reads known orders again, one after the other: this one was the last.
    orders_reread_until = models.UUIDField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(name="installation_once_per_shop", fields=["api_url"]),
        )
