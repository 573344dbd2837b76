"""Programmes to begin with: documents that come with the package."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

_FOLDER = files("saleor_loyalty.programme") / "presets"


class NoSuchPreset(LookupError):
    """There is no preset of that name; the message lists those that there are."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Choose one of {', '.join(names())}: there is no preset {name!r}.")


@cache
def names() -> tuple[str, ...]:
    """Return the presets' names, such as `stamp-card`."""
    return tuple(
        sorted(
            entry.name.removesuffix(".json")
            for entry in _FOLDER.iterdir()
            if entry.name.endswith(".json")
        )
    )


def load(name: str) -> dict[str, Any]:
    """Return a preset's document.

    :raises NoSuchPreset:
    """
    if name not in names():
        raise NoSuchPreset(name)
    document: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text("utf-8"))
    return document
