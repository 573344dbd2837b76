"""Installing apps: read the manifest, hand over a token, fail with the app's own words."""

import secrets
import threading
from collections.abc import Callable
from typing import Any

import httpx
from graphql import GraphQLError

from .apps import App, Installation, Webhook
from .outgoing import new_client
from .world import World

TOKEN_BYTES = 24
FETCHES_MAX = 3
JOIN_SECONDS_MAX = 5.0

EventsOf = Callable[[str], list[str]]


class CannotInstall(Exception):
    """Why an installation failed, in words for staff."""


class Installer:
    """Carries installations out in the background."""

    def __init__(
        self, *, world: World, api_url: str, domain: str, version: str, events_of: EventsOf
    ) -> None:
        self._world, self._events_of = world, events_of
        schema_version = ".".join(version.split(".")[:2])
        self._headers = {
            "Saleor-Api-Url": api_url,
            "Saleor-Domain": domain,
            "X-Saleor-Domain": domain,
            "Saleor-Schema-Version": schema_version,
        }
        self._client = new_client()
        self._threads: list[threading.Thread] = []

    def start(self, installation: Installation) -> None:
        """Begin an installation; `Installation.status` tells how it goes."""
        thread = threading.Thread(target=self._run, args=(installation,), daemon=True)
        self._threads = [each for each in self._threads if each.is_alive()] + [thread]
        thread.start()

    def stop(self) -> None:
        """Wait for installations under way."""
        for thread in self._threads:
            thread.join(timeout=JOIN_SECONDS_MAX)
        self._client.close()

    def _run(self, installation: Installation) -> None:
        try:
            manifest = self._manifest(installation.manifest_url)
            app = self._create(installation, manifest)
            self._hand_over_token(app, manifest)
        except CannotInstall as reason:
            with self._world.lock:
                installation.status, installation.message = "FAILED", str(reason)
                installation.updated_at = self._world.now()
            return
        with self._world.lock:
            self._world.remove(installation)
            app.is_installed = True
            self._world.announce("APP_INSTALLED", app)

    def _manifest(self, url: str) -> dict[str, Any]:
        name = "Saleor-Schema-Version"
        headers = {name: self._headers[name]}
        for fetches_left in reversed(range(FETCHES_MAX)):
            try:
                response = self._client.get(url, headers=headers).raise_for_status()
                return dict(response.json())
            except httpx.TransportError as error:
                if not fetches_left:
                    raise CannotInstall("Failed to connect to the app.") from error
            except (httpx.HTTPStatusError, ValueError, TypeError) as error:
                raise CannotInstall(f"No manifest at {url}: {error}") from error
        raise CannotInstall(f"No manifest at {url}.")

    def _create(self, installation: Installation, manifest: dict[str, Any]) -> App:
        with self._world.lock:
            identifier = str(manifest.get("id"))
            if any(app.identifier == identifier for app in self._world.all(App)):
                raise CannotInstall("An app with this identifier is already installed.")
            app = App(
                pk=self._world.next_number("app"),
                identifier=identifier,
                name=installation.app_name,
                created=self._world.now(),
                granted=installation.granted,
                token=secrets.token_hex(TOKEN_BYTES),
                manifest_url=installation.manifest_url,
                app_url=manifest.get("appUrl"),
                version=manifest.get("version"),
                audience=manifest.get("audience"),
                is_active=installation.activate,
            )
            app.webhooks = [self._webhook(app, each) for each in manifest.get("webhooks") or []]
            return self._world.add(app)

    def _webhook(self, app: App, described: dict[str, Any]) -> Webhook:
        query = described.get("query", "")
        try:
            events = described.get("asyncEvents") or self._events_of(query)
        except GraphQLError as error:
            message = f"webhooks: {described.get('name')}: {error.message}"
            raise CannotInstall(message) from error
        return self._world.add(
            Webhook(
                pk=self._world.next_number("webhook"),
                app=app,
                target_url=described["targetUrl"],
                subscription_query=query,
                events=events,
                name=described.get("name"),
                identifier=described.get("identifier"),
                is_active=described.get("isActive", True),
                headers=described.get("customHeaders") or {},
            )
        )

    def _hand_over_token(self, app: App, manifest: dict[str, Any]) -> None:
        url = manifest.get("tokenTargetUrl")
        if not url:
            return
        try:
            # No lock is held: the app calls back while it registers.
            response = self._client.post(url, json={"auth_token": app.token}, headers=self._headers)
        except httpx.TransportError as error:
            self._undo(app)
            raise CannotInstall("Failed to connect to the app.") from error
        if response.status_code >= httpx.codes.BAD_REQUEST:
            self._undo(app)
            raise CannotInstall(_words_of(response))

    def _undo(self, app: App) -> None:
        with self._world.lock:
            self._world.remove(app)


def _words_of(response: httpx.Response) -> str:
    try:
        return str(response.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"App internal error: {response.status_code}"
