"""Compare our webhooks in the shop with those of our manifest."""

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

import httpx
from django.conf import settings
from graphql import GraphQLError
from graphql.utilities import strip_ignored_characters

from saleor_loyalty.entrypoints.install.findings import Finding, Stop
from saleor_loyalty.entrypoints.install.manifest import IDENTIFIER, WEBHOOKS, Webhook, webhooks_for
from saleor_loyalty.gateways.saleor.app import UnknownApp, webhooks
from saleor_loyalty.gateways.saleor.app import Webhook as Installed
from saleor_loyalty.gateways.saleor.client import Connection, SaleorRefused, SaleorUnavailable

ADDRESS_TIMEOUT_S = 5
_UPDATE = "Run: saleor-loyalty update_webhooks --shop {}"


def check_webhooks(saleor: Connection, version: tuple[int, int]) -> Iterator[Finding]:
    """Check each of our webhooks in a shop of this version, and where they are sent."""
    try:
        installed = {webhook.name: webhook for webhook in webhooks(saleor)}
    except (SaleorUnavailable, SaleorRefused, UnknownApp) as error:
        raise Stop("webhooks", f"they could not be read: {error}") from error
    base_url = settings.APP_URL or origin(installed.values())
    if base_url:
        yield _address(base_url)
    for webhook in webhooks_for(version):
        subject = f"webhook “{webhook.name}”"
        if webhook.name not in installed:
            yield Finding(subject, f"it is missing. {_UPDATE.format(saleor.api_url)}")
        else:
            update = _UPDATE.format(saleor.api_url)
            yield from _compare(webhook, installed[webhook.name], base_url, update)


def _compare(ours: Webhook, theirs: Installed, base_url: str, update: str) -> Iterator[Finding]:
    wanted, subject = ours.entry(base_url), f"webhook “{ours.name}”"
    missing = sorted(set(wanted["asyncEvents"]) - theirs.events)
    problems = [
        (not theirs.is_active, "it is switched off. Switch it on, or install the app again."),
        (bool(missing), f"it lacks {', '.join(missing)}. {update}"),
        (not is_same(theirs.query, wanted["query"]), f"its query is outdated. {update}"),
        (
            theirs.target_url != wanted["targetUrl"],
            f"it is sent to {theirs.target_url}, not {wanted['targetUrl']}. Correct APP_URL, or"
            f" {update[0].lower()}{update[1:]}",
        ),
    ]
    found = [Finding(subject, problem) for is_wrong, problem in problems if is_wrong]
    yield from found or [Finding(subject)]
    if theirs.failed_events:
        yield Finding(
            f"deliveries to {subject}",
            f"{len(theirs.failed_events)} or more failed, the last at {theirs.last_failed_at}."
            " Orders are found by polling; see the app's page in the Dashboard for the reasons.",
        )


def is_same(query: str, ours: str) -> bool:
    """Tell whether two documents differ in spaces and remarks only."""
    try:
        return strip_ignored_characters(query) == strip_ignored_characters(ours)
    except GraphQLError:
        return False


def origin(installed: Iterable[Installed]) -> str:
    """Return the address Saleor knows us at, empty if it knows none."""
    known = {webhook.name: webhook.target_url for webhook in installed}
    for webhook in WEBHOOKS:
        if webhook.name in known:
            url = urlsplit(known[webhook.name])
            return f"{url.scheme}://{url.netloc}"
    return ""


def _address(base_url: str) -> Finding:
    """Ask for our own manifest where Saleor would."""
    subject = f"our address {base_url}"
    try:
        answer = httpx.get(f"{base_url}/api/manifest", timeout=ADDRESS_TIMEOUT_S)
        identifier = answer.raise_for_status().json()["id"]
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError) as error:
        return Finding(
            subject,
            f"our manifest is not there ({type(error).__name__}). Is `saleor-loyalty serve`"
            " running, and is APP_URL right?",
        )
    return Finding(subject, "" if identifier == IDENTIFIER else "another app is there.")
