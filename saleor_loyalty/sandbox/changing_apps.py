"""Mutations that install apps, and those by which an app looks after itself."""

from datetime import datetime, timedelta
from typing import Any

from graphql import GraphQLError

from .access import ANY_APP
from .apps import App, Installation, Problem, Webhook
from .execution import events_of
from .refusals import Refusal
from .resolving import Request, mutates
from .world import NotFound, new_key

Payload = dict[str, Any]

OWN_OR_STAFF = (ANY_APP, "MANAGE_APPS")
PROBLEMS_MAX = 100
PROBLEM_KEY_CHARACTERS_MAX = 128
PROBLEM_CHARACTERS_MAX = 2_048
# What is repeated within so many minutes is one problem.
PROBLEM_MINUTES = 60


@mutates("appInstall", needs=("MANAGE_APPS",))
def app_install(request: Request, given: dict[str, Any]) -> Payload:
    asked = frozenset(given.get("permissions") or ())
    if "MANAGE_APPS" in asked or not asked <= request.caller.permissions:
        message = "These permissions cannot be given to an app."
        raise Refusal("permissions", "OUT_OF_SCOPE_PERMISSION", message)
    if not given["manifest_url"].startswith(("http://", "https://")):
        raise Refusal("manifestUrl", "INVALID_URL_FORMAT", "Enter a valid URL.")
    now = request.world.now()
    installation = Installation(
        pk=new_key(),
        app_name=given["app_name"],
        manifest_url=given["manifest_url"],
        granted=asked,
        activate=given["activate_after_installation"],
        created_at=now,
        updated_at=now,
    )
    request.installer.start(request.world.add(installation))
    return {"app_installation": installation}


@mutates("appDeleteFailedInstallation", needs=("MANAGE_APPS",))
def app_delete_failed_installation(request: Request, node_id: str) -> Payload:
    installation = request.world.require(Installation, node_id)
    if installation.status != "FAILED":
        raise Refusal("id", "INVALID_STATUS", "Only a failed installation can be deleted.")
    request.world.remove(installation)
    return {"app_installation": installation}


@mutates("appDelete", needs=("MANAGE_APPS",))
def app_delete(request: Request, node_id: str) -> Payload:
    app = request.world.require(App, node_id)
    request.world.announce("APP_DELETED", app)
    request.world.remove(app)
    return {"app": app}


def _own(request: Request) -> App:
    app = request.caller.app
    if app is None:
        raise Refusal(None, "INVALID", "Only an app can say this about itself.")
    return app


@mutates("appProblemCreate", needs=(ANY_APP,))
def app_problem_create(request: Request, given: dict[str, Any]) -> Payload:
    app, now, message = _own(request), request.world.now(), given["message"]
    if len(given["key"]) > PROBLEM_KEY_CHARACTERS_MAX:
        raise Refusal("key", "INVALID", "String should have at most 128 characters")
    if len(message) > PROBLEM_CHARACTERS_MAX:
        message = message[: PROBLEM_CHARACTERS_MAX - 3] + "..."
    problem = _repeated(app, given, now)
    if problem is None:
        problem = Problem(
            pk=new_key(), created_at=now, updated_at=now, key=given["key"], message=message, count=0
        )
        _make_room(request, app)
        app.problems.append(request.world.add(problem))
    problem.count, problem.updated_at, problem.message = problem.count + 1, now, message
    problem.critical_threshold = given.get("critical_threshold")
    return {"app_problem": problem}


def _repeated(app: App, given: dict[str, Any], now: datetime) -> Problem | None:
    """Return the problem that this is another report of."""
    minutes = given.get("aggregation_period")
    since = now - timedelta(minutes=PROBLEM_MINUTES if minutes is None else minutes)
    same = [each for each in app.problems if each.key == given["key"]]
    latest = max(same, key=lambda each: each.updated_at, default=None)
    return latest if latest and minutes != 0 and latest.updated_at >= since else None


def _make_room(request: Request, app: App) -> None:
    """Forget those that were told longest ago, so that there is room for one more."""
    by_age = sorted(app.problems, key=lambda each: each.updated_at, reverse=True)
    for old in by_age[PROBLEMS_MAX - 1 :]:
        app.problems.remove(old)
        request.world.remove(old)


@mutates("appProblemDismiss", needs=OWN_OR_STAFF)
def app_problem_dismiss(request: Request, given: dict[str, Any]) -> Payload:
    app = _own(request)
    wanted = given.get("by_app") or {}
    keys, ids = set(wanted.get("keys") or ()), set(wanted.get("ids") or ())
    app.problems = [p for p in app.problems if p.key not in keys and p.id not in ids]
    return {}


def _own_webhook(request: Request, node_id: str | None, identifier: str | None) -> Webhook:
    for webhook in _own(request).webhooks:
        if node_id == webhook.id or (identifier and identifier == webhook.identifier):
            return webhook
    raise NotFound("The app has no such webhook.")


def _events(described: dict[str, Any]) -> list[str]:
    try:
        derived = events_of(described["query"])
    except GraphQLError as error:
        raise Refusal("query", "SYNTAX", error.message) from error
    return described.get("async_events") or derived


def _apply(webhook: Webhook, described: dict[str, Any]) -> None:
    if described.get("query"):
        webhook.events = _events(described)
        webhook.subscription_query = described["query"]
    for name in ("name", "identifier", "target_url", "is_active"):
        if described.get(name) is not None:
            setattr(webhook, name, described[name])
    if described.get("custom_headers"):
        webhook.headers = described["custom_headers"]


@mutates("webhookCreate", needs=OWN_OR_STAFF)
def webhook_create(request: Request, given: dict[str, Any]) -> Payload:
    app = _own(request)
    if not given.get("target_url") or not given.get("query"):
        raise Refusal("targetUrl", "REQUIRED", "A webhook needs a target and a query.")
    webhook = Webhook(
        pk=request.world.next_number("webhook"),
        app=app,
        target_url=given["target_url"],
        subscription_query="",
        events=[],
    )
    _apply(webhook, given)
    app.webhooks.append(request.world.add(webhook))
    return {"webhook": webhook}


@mutates("webhookUpdate", needs=OWN_OR_STAFF)
def webhook_update(
    request: Request,
    given: dict[str, Any],
    node_id: str | None = None,
    identifier: str | None = None,
) -> Payload:
    webhook = _own_webhook(request, node_id, identifier)
    _apply(webhook, given)
    return {"webhook": webhook}


@mutates("webhookDelete", needs=OWN_OR_STAFF)
def webhook_delete(
    request: Request, node_id: str | None = None, identifier: str | None = None
) -> Payload:
    webhook = _own_webhook(request, node_id, identifier)
    webhook.app.webhooks.remove(webhook)
    request.world.remove(webhook)
    return {"webhook": webhook}
