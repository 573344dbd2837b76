"""What the document's types refuse, in words that say what to write instead."""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from django.utils.translation import gettext, gettext_noop
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from saleor_loyalty.programme.checks.pieces import Piece
from saleor_loyalty.programme.checks.problems import Problem

_NUMBER = gettext_noop("Write a number.")
_WHOLE = gettext_noop("Write a whole number.")
_OBJECT = gettext_noop("Write an object here: {…}.")
_LIST = gettext_noop("Write a list here: […].")
_TEXT = gettext_noop("Write a text, in quotes.")
_MOMENT = gettext_noop("Write a date and time with its offset, such as 2026-12-01T00:00:00+01:00.")

TOLD_MAX = 1_000

#: pydantic's type of an error -> our code, and what to do.
_WORDS: Mapping[str, tuple[str, str]] = {
    "missing": ("MISSING", gettext_noop("Add this: it is missing.")),
    "greater_than": ("TOO_SMALL", gettext_noop("Write a number above %(gt)s.")),
    "greater_than_equal": ("TOO_SMALL", gettext_noop("Write a number from %(ge)s up.")),
    "less_than": ("TOO_LARGE", gettext_noop("Write a number below %(lt)s.")),
    "less_than_equal": ("TOO_LARGE", gettext_noop("Write a number up to %(le)s.")),
    "too_short": ("TOO_FEW", gettext_noop("List at least %(min_length)s.")),
    "too_long": ("TOO_MANY", gettext_noop("List at most %(max_length)s.")),
    "string_too_short": ("EMPTY", gettext_noop("Write something here.")),
    "string_too_long": ("TOO_LONG", gettext_noop("Write at most %(max_length)s characters.")),
    "decimal_max_places": (
        "TOO_PRECISE", gettext_noop("Write at most %(decimal_places)s digits after the point."),
    ),
    "decimal_max_digits": (
        "TOO_PRECISE", gettext_noop("Write at most %(max_digits)s digits."),
    ),
    "decimal_whole_digits": (
        "TOO_LARGE", gettext_noop("Write at most %(whole_digits)s digits before the point."),
    ),
    "int_from_float": ("NOT_WHOLE", _WHOLE),
    "int_parsing": ("NOT_A_NUMBER", _WHOLE),
    "int_parsing_size": ("TOO_LARGE", gettext_noop("Write a smaller number.")),
    "int_type": ("NOT_A_NUMBER", _WHOLE),
    "decimal_parsing": ("NOT_A_NUMBER", _NUMBER),
    "decimal_type": ("NOT_A_NUMBER", _NUMBER),
    "finite_number": ("NOT_A_NUMBER", _NUMBER),
    "bool_parsing": ("NOT_YES_OR_NO", gettext_noop("Write true or false.")),
    "bool_type": ("NOT_YES_OR_NO", gettext_noop("Write true or false.")),
    "string_type": ("NOT_TEXT", _TEXT),
    "string_unicode": ("NOT_TEXT", _TEXT),
    "model_type": ("NOT_AN_OBJECT", _OBJECT),
    "model_attributes_type": ("NOT_AN_OBJECT", _OBJECT),
    "dict_type": ("NOT_AN_OBJECT", _OBJECT),
    "tuple_type": ("NOT_A_LIST", _LIST),
    "timezone_aware": ("NOT_A_MOMENT", _MOMENT),
    "datetime_type": ("NOT_A_MOMENT", _MOMENT),
    "datetime_parsing": ("NOT_A_MOMENT", _MOMENT),
    "datetime_from_date_parsing": ("NOT_A_MOMENT", _MOMENT),
    "datetime_object_invalid": ("NOT_A_MOMENT", _MOMENT),
}  # fmt: skip
#: What texts of a shape are: the pattern as the terms have it -> what to write.
_SHAPES: Mapping[str, str] = {
    "^[A-Z]{3}$": gettext_noop("Write a currency as three capital letters, such as EUR."),
    "^[a-z][a-z0-9-]{0,39}$": gettext_noop(
        "Write a key of up to 40 small letters, digits and hyphens, with a letter first."
    ),
    r"^([01]\d|2[0-3]):[0-5]\d$": gettext_noop("Write a time of day from 00:00 to 23:59."),
    "^[a-z]{2}(-[a-z]{2,4})?$": gettext_noop("Write a language such as fr or fr-ca."),
    r"^[^\s\x00]+$": gettext_noop("Write a slug as Saleor shows it, without spaces."),
    r"^[^A-Z\x00]+$": gettext_noop("Write it in small letters."),
    r"^[^\x00]*\S[^\x00]*$": gettext_noop("Write something here."),
}
#: What the terms' own checks say.
_OURS = (gettext_noop("choose a date from 2000 to 2200"),)
_QUOTED = re.compile(r"'([^']*)'")
_ONE_OF = ("enum", "literal_error", "union_tag_invalid", "union_tag_not_found")


def told(error: ValidationError, document: Any, schema: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong, each place and reason once.

    :param document: what was validated, as plain JSON.
    :param schema: the JSON Schema of it, to know which words there are.
    """
    choices: dict[str, tuple[Piece, list[str]]] = {}
    for detail in error.errors(include_url=False, include_input=False)[:TOLD_MAX]:
        piece = _piece(detail, document)
        if detail["type"] in _ONE_OF:
            piece = piece["kind"] if isinstance(piece.value, dict) else piece
            _piece_there, allowed = choices.setdefault(piece.path, (piece, []))
            allowed += _allowed(detail, schema)
        elif not _is_echo(detail, piece):
            yield _in_words(detail, piece, schema)
    for piece, allowed in choices.values():
        message = gettext("Choose one of these: %(words)s.")
        yield piece.problem("NOT_A_CHOICE", message, words=_Sentence(", ".join(allowed)))


class _Sentence:
    """A text that is shown in full."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text


def _in_words(detail: ErrorDetails, piece: Piece, schema: Mapping[str, Any]) -> Problem:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown_word(piece, str(detail["loc"][-1]), _words(detail["loc"][:-1], schema))
    if kind == "string_pattern_mismatch" and (shape := _SHAPES.get(context["pattern"])):
        return piece.problem("WRONG_SHAPE", gettext(shape))
    if kind in _WORDS:
        code, message = _WORDS[kind]
        return piece.problem(code, gettext(message), **context)
    text = str(context["error"]) if kind == "value_error" else detail["msg"]
    text = gettext(text) if text in _OURS else text
    sentence = _Sentence(f"{text[:1].upper()}{text[1:].rstrip('.')}.")
    return piece.problem("INVALID", "%(sentence)s", sentence=sentence)


def _unknown_word(piece: Piece, word: str, words: Sequence[str]) -> Problem:
    if close := get_close_matches(word[:80], words, n=1):
        message = gettext("Write “%(close)s”: “%(word)s” is not known here.")
        return piece.problem("UNKNOWN_WORD", message, word=word, close=close[0])
    message = gettext("Take “%(word)s” out: it is not known here.")
    return piece.problem("UNKNOWN_WORD", message, word=word)


def _is_echo(detail: ErrorDetails, piece: Piece) -> bool:
    """Tell whether a list is short only because what it holds is wrong, which is told anyway."""
    return detail["type"] == "too_short" and bool(piece)


def _allowed(detail: ErrorDetails, schema: Mapping[str, Any]) -> Sequence[str]:
    context = detail.get("ctx", {})
    expected = context.get("expected") or context.get("expected_tags")
    return _QUOTED.findall(expected) if expected else _words(detail["loc"], schema)


def _piece(detail: ErrorDetails, document: Any) -> Piece:
    """Return what an error is about.

    Locations also name kinds and branches of a union, which are no places in the document.
    """
    piece = Piece(document)
    for part in detail["loc"]:
        if isinstance(part, int):
            items = piece.items()
            piece = items[part] if part < len(items) else piece
        elif isinstance(piece.value, dict) and (
            part in piece.value or (detail["type"] == "missing" and part == detail["loc"][-1])
        ):
            piece = piece[part]
    return piece


def _words(location: Sequence[str | int], schema: Mapping[str, Any]) -> Sequence[str]:
    """Return the words that may stand at pydantic's location; for one of several kinds, these."""
    node = _resolved(schema, schema)
    for part in location:
        if "discriminator" in node:
            inner: Any = {"$ref": node["discriminator"]["mapping"].get(part)}
        elif isinstance(part, int):
            inner = node.get("items")
        else:
            inner = node.get("properties", {}).get(part) or node.get("additionalProperties")
        if not isinstance(inner, dict):
            return ()
        node = _resolved(inner, schema)
    if "discriminator" in node:
        return tuple(node["discriminator"]["mapping"])
    return tuple(node.get("properties", ()))


def _resolved(node: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a reference means, and of something or nothing the something."""
    for _step in range(3):
        if "anyOf" in node:
            node = next((each for each in node["anyOf"] if each.get("type") != "null"), {})
        if "$ref" in node:
            node = schema["$defs"].get(str(node["$ref"]).rpartition("/")[2], {})
    return node
