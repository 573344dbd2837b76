"""Everything that is not what we asked for."""

import json
import random
from collections.abc import Iterator
from typing import Any

#: Bodies that are no JSON object, or hardly one. None is an event, a token or a query.
BODIES = {
    "nothing": b"",
    "half an object": b'{"__typename": "OrderPaid", "recipient": {"id": "QXBwOjc',
    "a list": b"[]",
    "a number": b"7",
    "a text": b'"OrderPaid"',
    "null": b"null",
    "an empty object": b"{}",
    "not a number": b"NaN",
    "beyond all measure": b'{"amount": 1e400, "n": -Infinity}',
    "a number of many digits": b"1" * 6000,
    "a null character": b'{"\\u0000": "\\u0000"}\0',
    "no UTF-8": b'{"query": "\xff\xfe\xc3\x28"}',
    "half a surrogate": b'{"query": "\\ud800", "auth_token": "\\ud800"}',
    "UTF-16": '{"query": "{ me { id } }"}'.encode("utf-16"),
    "deep lists": b"[" * 10_000 + b"]" * 10_000,
    "deep objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "deep inside": b'{"query":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "a megabyte": b'{"query": "' + b"a" * 1_000_000 + b'"}',
    "two megabytes": b"a" * 2_000_000,
    "all of it wrong": b'{"query": {}, "auth_token": [], "__typename": {}, "recipient": 5}',
}

#: What may stand in any place of an order. Written as JSON, because Python has no such things.
_VALUES = [
    "null", "true", "-1", "0", "1.5", "NaN", "1e400", "-1e400", "1e-400", "1e999999999", '""',
    '"x"', '"\\u0000"', '"\\ud800"', '"9999-12-31T23:59:59+14:00"', '"' + "y" * 70_000 + '"',
    "[]", "{}", "[null]", '[{"amount": {}}]', "9" * 400, "[" * 900 + "]" * 900,
]  # fmt: skip
_MARK = "\N{BLACK SQUARE}"

#: Queries that want far more than anybody needs.
GREEDY = {
    "5,000 aliases": "{" + " ".join(f"a{n}: __typename" for n in range(5000)) + "}",
    "1,000 aliases": "{" + " ".join(f"a{n}: __typename" for n in range(1000)) + "}",
    "100 aliases": "{" + " ".join(f"a{n}: programme {{ name }}" for n in range(100)) + "}",
    "1,000 times one field": "{" + "__typename " * 1000 + "}",
    "2,000 directives": "{ __typename " + "@skip(if: false) " * 2000 + "}",
    "deep fields": "{ me " * 3000 + "}" * 3000,
    "deep lists": '{ members(filter: {userIds: ' + "[" * 9000 + "]" * 9000 + "}) { __typename } }",
    "deep types": "query($x: " + "[" * 9000 + "Int" + "]" * 9000 + ") { me { id } }",
    "fragments in a circle": "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }",
    "fragments that double": "{ ...f0 }" + " ".join(
        f"fragment f{n} on Query {{ ...f{n + 1} a{n}: me {{ id }} ...f{n + 1} }}" for n in range(40)
    ) + " fragment f40 on Query { __typename }",
    "pages in pages": "{ members(first: 100) { edges { node { history(first: 100) { edges {"
    " node { id } } } lots(first: 100) { edges { node { id } } } } } } }",
    "a page of a million": "{ members(first: 1000000) { edges { node { id } } } }",
    "500 operations": " ".join(f"query q{n} {{ me {{ id }} }}" for n in range(500)),
    "a long number": "{ members(first: " + "9" * 30_000 + ") { __typename } }",
    "a long name": "{ " + "x" * 30_000 + " }",
    "a long comment": "#" + "x" * 30_000,
    "the schema ten times": "{" + " ".join(
        f"s{n}: __schema {{ types {{ fields {{ type {{ fields {{ name }} }} }} }} }}"
        for n in range(10)
    ) + "}",
}  # fmt: skip

_WORDS = [
    "{", "}", "(", ")", "[", "]", "!", "$", "@", ":", "...", "=", "|", "&", '"', '"""', "#", "\\",
    "query", "mutation", "subscription", "fragment", "on", "me", "member", "members", "programme",
    "history", "lots", "edges", "node", "id", "balance", "available", "first", "input", "reason",
    "memberPointsAdjust", "__typename", "__schema", "Member", "null", "true", "-1", "1e400",
    "99999999999999999999", "$x", "@include", "@skip", "if", "\u0000", "\ud800", "é", " ",
]  # fmt: skip


def absurd(order: dict[str, Any]) -> Iterator[tuple[int, str]]:
    """Yield numbered copies of an order as JSON, each with one place filled with nonsense."""
    for number, (place, value) in enumerate(
        (place, value) for place in _places(order) for value in _VALUES
    ):
        yield number, _filled(order, place).replace(f'"{_MARK}"', value)


def queries(count: int) -> Iterator[str]:
    """Yield texts made of GraphQL's words."""
    chance = random.Random(5)
    for _ in range(count):
        yield " ".join(chance.choices(_WORDS, k=chance.randint(1, 60)))


def _places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    parts: Any = ()
    if isinstance(value, dict):
        parts = value.items()
    elif isinstance(value, list):
        parts = enumerate(value)
    for name, part in parts:
        yield from _places(part, (*path, name))


def _filled(order: dict[str, Any], place: tuple[str | int, ...]) -> str:
    copy: Any = {"order": json.loads(json.dumps(order, default=float))}
    whole, name = copy, "order"
    for step in place:
        copy, name = copy[name], step  # type: ignore[assignment]
    copy[name] = _MARK
    return json.dumps(whole["order"], ensure_ascii=False)
