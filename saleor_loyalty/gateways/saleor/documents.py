"""What we say to Saleor: the files under graphql/saleor, one operation each."""

import re
from functools import cache
from pathlib import Path

from graphql import FragmentSpreadNode, Visitor, parse, visit

import saleor_loyalty

_PACKAGE = Path(saleor_loyalty.__file__).parent
# In a wheel the folder lies in the package, in a checkout beside it.
_INSTALLED, _CHECKOUT = _PACKAGE / "graphql", _PACKAGE.parent / "graphql"
DOCUMENTS = (_INSTALLED if _INSTALLED.is_dir() else _CHECKOUT) / "saleor"
#: Documents that older versions of Saleor cannot be asked, by the first version that can.
SINCE = {
    "AdjustGiftCard": (3, 23),
    "CustomerAttributes": (3, 23),
    "DescribeCustomer": (3, 23),
    "LoyaltyDeletedCustomers": (3, 23),
}
FIRST = (3, 22)
KINDS = ("queries", "mutations", "subscriptions")


@cache
def document(operation: str) -> str:
    """Return the text of the operation, followed by every fragment it uses.

    :raises LookupError: if there is no file for it.
    """
    texts = {operation: _file(operation).read_text()}
    wanted = _spreads(texts[operation])
    while wanted:
        fragment = wanted.pop()
        if fragment not in texts:
            texts[fragment] = (DOCUMENTS / "fragments" / f"{fragment}.graphql").read_text()
            wanted |= _spreads(texts[fragment])
    return "\n".join(texts.values())


@cache
def events(subscription: str) -> tuple[str, ...]:
    """Return the events the subscription handles, as Saleor's enum names them, sorted."""
    # Those right under `event`: deeper ones are about parts of an event, such as who caused it.
    types = re.findall(r"^ {4}\.\.\. on (\w+)", _file(subscription).read_text(), re.MULTILINE)
    return tuple(sorted(re.sub(r"(?<!^)(?=[A-Z])", "_", name).upper() for name in types))


def since(operation: str) -> tuple[int, int]:
    """Return the first version of Saleor that understands the operation."""
    return SINCE.get(operation, FIRST)


def operations() -> list[str]:
    """Return the name of every operation, sorted."""
    return sorted(path.stem for kind in KINDS for path in (DOCUMENTS / kind).glob("*.graphql"))


@cache
def is_query(operation: str) -> bool:
    """Tell whether the operation only reads."""
    return _file(operation).parent.name == "queries"


def _file(operation: str) -> Path:
    for kind in KINDS:
        path = DOCUMENTS / kind / f"{operation}.graphql"
        if path.is_file():
            return path
    raise LookupError(f"There is no document {operation}.graphql in {DOCUMENTS}.")


class _Spreads(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> None:
        self.names.add(node.name.value)


def _spreads(text: str) -> set[str]:
    found = _Spreads()
    visit(parse(text), found)
    return found.names
