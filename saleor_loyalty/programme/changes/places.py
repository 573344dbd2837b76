"""Places in a document, and what stands there."""

from typing import Any

from django.utils.translation import gettext

from saleor_loyalty.programme.parts import Named

#: Words, ids and currencies that lead there from the top.
Path = tuple[str, ...]


def fits(path: Path, shape: Path) -> bool:
    """Tell whether a place has this shape; * is any id or currency."""
    return len(path) == len(shape) and all(
        wanted in ("*", found) for found, wanted in zip(path, shape, strict=True)
    )


def called(kind: str, name: str) -> str:
    """Return what one of a list is called: `Rule “Double coffee”`."""
    return {
        "rules": gettext("Rule “%(name)s”"),
        "events": gettext("Event “%(name)s”"),
        "levels": gettext("Level “%(name)s”"),
        "campaigns": gettext("Campaign “%(name)s”"),
        "rewards": gettext("Reward “%(name)s”"),
    }.get(kind, "“%(name)s”") % {"name": name}


def are_named(value: Any) -> bool:
    """Tell whether it is a list of parts that are told apart by their ids."""
    if not isinstance(value, tuple) or not all(isinstance(part, Named) for part in value):
        return False
    return len({part.id for part in value}) == len(value)


def are_scalars(value: Any) -> bool:
    """Tell whether it is a list of plain values."""
    return isinstance(value, tuple) and all(isinstance(each, str | int) for each in value)
