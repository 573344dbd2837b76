"""Speaking GraphQL to a shop, as anybody or as one member of its staff."""

import ssl
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

import httpx
from graphql import parse, print_ast, separate_operations


def _documents(name: str) -> dict[str, str]:
    text = Path(__file__).with_name(name).read_text("utf-8")
    return {name: print_ast(each) for name, each in separate_operations(parse(text)).items()}


DOCUMENTS = _documents("shop.graphql")
_ONLY_REAL = _documents("promotion.graphql")

TIMEOUT_SECONDS = 30.0
# A staff token lives five minutes.
TOKEN_SECONDS = 200.0
LOGINS_MAX = 6
LOGIN_PAUSE_SECONDS = 1.5
VOID_TOKEN = frozenset({"InvalidTokenError", "InvalidSignatureError", "ExpiredSignatureError"})

Data = dict[str, Any]


class ShopRefused(Exception):
    """The shop answered with errors; `codes` name them."""

    def __init__(self, operation: str, errors: Sequence[Data]) -> None:
        super().__init__(f"{operation}: {errors}")
        self.codes = [_code_of(error) for error in errors]


def _code_of(error: Data) -> str:
    exception = error.get("extensions", {}).get("exception", {})
    return str(error.get("code") or exception.get("code"))


@cache
def _tls() -> ssl.SSLContext:
    # Reading the machine's certificates takes longer than most calls: once is enough.
    return httpx.create_ssl_context()


class Conversation:
    """Runs the documents beside this file against one API address."""

    def __init__(self, api_url: str, staff_email: str, staff_password: str) -> None:
        self.api_url = api_url
        self._staff = (staff_email, staff_password)
        self._token, self._token_until = "", 0.0
        self._http = httpx.Client(timeout=TIMEOUT_SECONDS, verify=_tls())

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def ask(self, operation: str, *, token: str | None = None, **variables: Any) -> Data:
        """Run one of the documents; mutations answer with the payload of their only field.

        :raises ShopRefused: if the shop answers with errors of any kind.
        """
        body = {"query": (DOCUMENTS | _ONLY_REAL)[operation], "variables": variables}
        headers = {"Authorization-Bearer": token} if token else {}
        answer = self._http.post(self.api_url, json=body, headers=headers).json()
        if answer.get("errors"):
            raise ShopRefused(operation, answer["errors"])
        data = cast("Data", answer["data"])
        payload = next(iter(data.values())) if len(data) == 1 else data
        if isinstance(payload, dict) and payload.get("errors"):
            raise ShopRefused(operation, payload["errors"])
        return cast("Data", payload)

    def ask_as_staff(self, operation: str, **variables: Any) -> Data:
        """Run one of the documents as staff."""
        if time.monotonic() > self._token_until:
            self._renew()
        try:
            return self.ask(operation, token=self._token, **variables)
        except ShopRefused as refusal:
            if VOID_TOKEN.isdisjoint(refusal.codes):
                raise
        # The shop has a new key.
        self._renew()
        return self.ask(operation, token=self._token, **variables)

    def _renew(self) -> None:
        self._token = self.log_in(*self._staff)["token"]
        self._token_until = time.monotonic() + TOKEN_SECONDS

    def log_in(self, email: str, password: str) -> Data:
        """Return a session; wait a little if the shop slows logins down."""
        for attempts_left in reversed(range(LOGINS_MAX)):
            try:
                return self.ask("LogIn", email=email, password=password)
            except ShopRefused as refusal:
                if refusal.codes != ["LOGIN_ATTEMPT_DELAYED"] or not attempts_left:
                    raise
            time.sleep(LOGIN_PAUSE_SECONDS)
        raise AssertionError("unreachable: the last attempt answers or raises")
