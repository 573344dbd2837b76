"""Find out what is wrong with an installation, step by step, for whoever runs the service."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import cast

from django.db import OperationalError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from graphql import (
    GraphQLError,
    IntrospectionQuery,
    build_client_schema,
    get_introspection_query,
    parse,
    validate,
)

from saleor_loyalty.entrypoints.install import allow_list
from saleor_loyalty.entrypoints.install.findings import Finding, Stop
from saleor_loyalty.entrypoints.install.manifest import (
    PERMISSIONS,
    REQUIRED_SALEOR,
    saleor_version,
)
from saleor_loyalty.entrypoints.install.webhook_checks import check_webhooks
from saleor_loyalty.entrypoints.webhooks.models import InboxEvent
from saleor_loyalty.gateways.saleor import documents
from saleor_loyalty.gateways.saleor.app import InstalledApp, UnknownApp, installed_app
from saleor_loyalty.gateways.saleor.client import (
    Connection,
    SaleorRefused,
    SaleorUnavailable,
    call_document,
)
from saleor_loyalty.gateways.saleor.key_sets import fetch_key_set
from saleor_loyalty.installations.queries import Shop, active_shops, shop_by_api_url
from saleor_loyalty.installations.queries import connection as connection_to
from saleor_loyalty.installations.secrets import UnreadableSecret
from saleor_loyalty.notices import queries as notices
from saleor_loyalty.programme.queries import NoProgramme, current
from saleor_loyalty.redemptions.queries import overdue

INTROSPECTION_TIMEOUT_S = 30
LATE = timedelta(minutes=5)
SHOPS_NAMED_MAX = 10
_REINSTALL = "Install the app into the shop again: members and points stay."


def examine(api_url: str, *, at: datetime) -> Iterator[Finding]:
    """Check everything that must be right for the shop at `api_url` to earn points."""
    try:
        yield _database()
        yield _permission_to_install(api_url)
        shop = _installed(api_url)
        yield Finding("the shop has installed us")
        saleor = _opened(shop)
        app = _answering(saleor)
        yield Finding("Saleor answers, and knows our token")
        yield from (_permissions(app), _version(app), _keys(shop))
        version = saleor_version(app.saleor_version) or (3, 22)
        yield from check_webhooks(saleor, version)
        yield _schema(saleor, version)
        yield from (_programme(shop, app, at), _expiry(shop, at), _inbox(shop, at))
        yield _redemptions(shop, at)
    except Stop as stop:
        yield stop.finding


def _database() -> Finding:
    subject = "our database"
    try:
        executor = MigrationExecutor(connections["default"])
    except OperationalError as error:
        raise Stop(subject, f"it does not answer ({error}). Check DATABASE_URL.") from error
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise Stop(subject, "it is out of date. Run: saleor-loyalty migrate")
    return Finding(subject, note=connection.settings_dict["NAME"])


def _permission_to_install(api_url: str) -> Finding:
    subject = "the shop may install us"
    try:
        allow_list.check(api_url)
    except allow_list.ProhibitedUrl as error:
        return Finding(subject, str(error))
    return Finding(subject)


def _installed(api_url: str) -> Shop:
    shop = shop_by_api_url(api_url)
    if shop is None:
        raise Stop(
            "the shop has installed us",
            f"it has not, as {api_url}. Install the app with the address of its manifest,"
            f" …/api/manifest, or give the address under which it was installed{_known()}.",
        )
    if not shop.is_active:
        raise Stop("the shop has installed us", f"it removed us since. {_REINSTALL}")
    return shop


def _known() -> str:
    urls = [shop.api_url for shop in active_shops()]
    more = f" and {len(urls) - SHOPS_NAMED_MAX} more" if len(urls) > SHOPS_NAMED_MAX else ""
    return f": {', '.join(urls[:SHOPS_NAMED_MAX])}{more}" if urls else " (no shop has, so far)"


def _opened(shop: Shop) -> Connection:
    try:
        return connection_to(shop)
    except UnreadableSecret as error:
        raise Stop("our token", str(error)) from error


def _answering(saleor: Connection) -> InstalledApp:
    subject = "Saleor answers, and knows our token"
    try:
        return installed_app(saleor)
    except SaleorUnavailable as error:
        raise Stop(subject, f"{error} Is {saleor.api_url} reachable from here?") from error
    except UnknownApp as error:
        raise Stop(
            subject,
            "it does not know the token. Activate the app in the Dashboard if it is switched off."
            f" Otherwise: {_REINSTALL}",
        ) from error
    except SaleorRefused as error:
        raise Stop(subject, str(error)) from error


def _permissions(app: InstalledApp) -> Finding:
    missing = sorted(set(PERMISSIONS) - app.permissions)
    problem = f"{', '.join(missing)} missing. Grant them on the app's page in the Dashboard."
    return Finding("permissions", problem if missing else "")


def _version(app: InstalledApp) -> Finding:
    subject = f"Saleor's version {app.saleor_version}"
    if (3, 22) <= (saleor_version(app.saleor_version) or (0, 0)) < (4, 0):
        return Finding(subject)
    return Finding(subject, f"this app works with {REQUIRED_SALEOR}.")


def _keys(shop: Shop) -> Finding:
    subject = "signing keys"
    try:
        published = {key["kid"] for key in fetch_key_set(shop.api_url)["keys"]}
    except (SaleorUnavailable, SaleorRefused) as error:
        return Finding(
            subject, f"{error} Without /.well-known/jwks.json no webhook can be verified."
        )
    if not published & {key["kid"] for key in shop.jwks["keys"]}:
        # Nothing to do: the next webhook has them fetched.
        return Finding(subject, note="Saleor has a new one, which the next webhook will make known")
    return Finding(subject)


def _schema(saleor: Connection, version: tuple[int, int]) -> Finding:
    subject = "Saleor understands all that we say"
    try:
        data = call_document(
            saleor,
            get_introspection_query(descriptions=False),
            is_repeatable=True,
            within_s=INTROSPECTION_TIMEOUT_S,
        )
        schema = build_client_schema(cast("IntrospectionQuery", data))
    except (SaleorUnavailable, SaleorRefused, GraphQLError, TypeError) as error:
        return Finding(subject, note=f"not checked, the shop does not show its schema ({error})")
    problems = {
        operation: validate(schema, parse(documents.document(operation)), max_errors=1)
        for operation in documents.operations()
        if documents.since(operation) <= version
    }
    wrong = [
        f"{operation} ({errors[0].message})" for operation, errors in problems.items() if errors
    ]
    return Finding(subject, f"{'; '.join(wrong)}. Update this app, or Saleor." if wrong else "")


def _programme(shop: Shop, app: InstalledApp, at: datetime) -> Finding:
    try:
        version = current(shop.id, at)
    except NoProgramme:
        return Finding("programme", "none is published, so that orders earn nothing.")
    unrated = [code for code in app.currencies if code not in version.document.earning.rates]
    warning = f", without a rate for {', '.join(unrated)}: such orders earn nothing"
    return Finding("programme", note=f"version {version.number}{warning if unrated else ''}")


def _expiry(shop: Shop, at: datetime) -> Finding:
    return Finding("points expire as the programme says", notices.problem(shop.id, at=at))


def _inbox(shop: Shop, at: datetime) -> Finding:
    rows = InboxEvent.objects.filter(installation_id=shop.id)
    if failed := rows.filter(status=InboxEvent.Status.FAILED).count():
        return Finding("events", f"{failed} were given up. Run: saleor-loyalty replay_inbox")
    unprocessed = [InboxEvent.Status.WAITING, InboxEvent.Status.DOUBTFUL]
    late = rows.filter(status__in=unprocessed, received_at__lt=at - LATE).count()
    problem = f"{late} have been waiting for long. Is `saleor-loyalty worker` running?"
    return Finding("events", problem if late else "")


def _redemptions(shop: Shop, at: datetime) -> Finding:
    if late := overdue(shop.id, before=at - LATE):
        return Finding(
            "redemptions",
            f"{late} wait for Saleor: it does not answer, or `saleor-loyalty worker` does not run.",
        )
    return Finding("redemptions")
