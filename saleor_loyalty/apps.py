"""The one Django app: its tables are named loyalty_…"""

from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    """All features live in this app, so that they share one line of migrations."""

    name = "saleor_loyalty"
    label = "loyalty"
    verbose_name = "Loyalty"
