"""The smallest GraphQL client that tells what went wrong."""

from collections.abc import Mapping
from typing import Any

import httpx

from saleor_loyalty.demo import DemoFailed

TIMEOUT_SECONDS = 10


def ask(
    client: httpx.Client,
    url: str,
    query: str,
    *,
    token: str = "",
    variables: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the data that `query` asks for.

    :raises DemoFailed: if there is no data, or a mutation was refused.
    """
    sent = dict(headers or {})
    if token:
        sent["Authorization"] = f"Bearer {token}"
    body = {"query": query, "variables": variables or {}}
    try:
        response = client.post(url, json=body, headers=sent, timeout=TIMEOUT_SECONDS)
        answer = response.json()
    except (httpx.HTTPError, ValueError) as error:
        raise DemoFailed(f"{url} did not answer: {error}") from error
    data: dict[str, Any] = answer.get("data") or {}
    payloads = [payload for payload in data.values() if isinstance(payload, dict)]
    errors = [*answer.get("errors", ()), *(e for each in payloads for e in each.get("errors", ()))]
    if errors:
        raise DemoFailed(f"{url} refused: {errors[0]['message']}")
    return data
