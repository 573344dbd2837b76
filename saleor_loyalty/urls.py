"""Every address of the service."""

from django.urls import URLPattern, path, re_path

from saleor_loyalty.entrypoints import health, metrics
from saleor_loyalty.entrypoints.api.views import graphql
from saleor_loyalty.entrypoints.dashboard import views as dashboard
from saleor_loyalty.entrypoints.install import views as install
from saleor_loyalty.entrypoints.webhooks.views import webhook

urlpatterns: list[URLPattern] = [
    path("graphql/", graphql),
    path("about", dashboard.about),
    # The Dashboard leaves out the slash before a query.
    re_path(r"^dashboard/?$", dashboard.page),
    path("dashboard/<slug:name>", dashboard.page),
    path("dashboard/<slug:name>/content", dashboard.content),
    path("api/manifest", install.show_manifest),
    path("api/register", install.accept_token),
    path("api/webhooks/saleor/<slug:name>", webhook),
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("metrics", metrics.show),
]
