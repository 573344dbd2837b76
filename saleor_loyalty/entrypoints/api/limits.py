"""How much one request may ask for, told before any of it is done.

Fragments are weighed once each, so that weighing is never the attack itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    Node,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
)

from saleor_loyalty.entrypoints.api.connections import PAGE_SIZE, PAGE_SIZE_MAX

TOKENS_MAX = 2_000
# Fields written in a document: comparing them with each other is quadratic.
FIELDS_MAX = 200
DEPTH_MAX = 8
ALIASES_MAX = 20
ROOT_FIELDS_MAX = 10
COST_MAX = 5_000

# A field with fields of its own costs 1, times the size of the pages it is on; the rest is free.
_PAGED = {"members", "history", "lots", "tierHistory", "programmeVersions", "redemptions"}
_COSTS = {"__schema": 1_000, "__type": 100, "memberPointsAdjust": 100,
          "memberTierSet": 100, "memberTierRevoke": 100, "memberFactsSet": 100,
          "activityRecord": 100, "activityRevoke": 100,
          # Whole documents are read, checked, or compared.
          "programmeProblems": 500, "programmeDifferences": 500, "programmeDraft": 500,
          "programmeVersions": 100, "programmePresets": 100, "programmeDraftUpdate": 500,
          "programmePublish": 500, "programmeRollBack": 500, "programmeWithdraw": 100,
          "programmeBacktestStart": 500, "programmeBacktests": 100,
          # A whole history is counted for it.
          "tierOutlook": 30, "campaigns": 30, "estimate": 3_000,
          # Every reward is decided on; Saleor is asked, and waited for.
          "rewards": 100, "checkoutOffers": 1_500, "rewardRedeem": 3_000, "redemptionApply": 3_000,
          "redemptionCancel": 3_000, "redemptionFlagResolve": 100,
          "rewardCodesAdd": 1_000}  # fmt: skip


class LimitExceeded(Exception):
    """The request asks for too much; the message says which limit, and how far it is over it."""

    def __init__(self, what: str, *, found: int, limit: int) -> None:
        super().__init__(f"The query has too much {what}: {found}, at most {limit} is allowed.")


class Weight(NamedTuple):
    """What a selection of fields asks for."""

    fields: int = 0
    depth: int = 0
    aliases: int = 0
    cost: int = 0


def check_length(document: DocumentNode) -> None:
    """Refuse what would take long to validate.

    :raises LimitExceeded:
    """
    fields = sum(
        _written(definition.selection_set)
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode)
    )
    _check("text (fields written)", fields, FIELDS_MAX)


def check_weight(document: DocumentNode, variables: Mapping[str, Any]) -> None:
    """Refuse what would take long to answer. The document is valid, so fragments make no circle.

    :raises LimitExceeded:
    """
    scales = _Scales(document, variables)
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            weight = scales.weigh(definition.selection_set.selections)
            _check("at its root (fields)", weight.fields, ROOT_FIELDS_MAX)
            _check("depth", weight.depth, DEPTH_MAX)
            _check("aliasing (aliases)", weight.aliases, ALIASES_MAX)
            _check("cost", weight.cost, COST_MAX)


def _check(what: str, found: int, limit: int) -> None:
    if found > limit:
        raise LimitExceeded(what, found=found, limit=limit)


def _written(selections: SelectionSetNode | None) -> int:
    if selections is None:
        return 0
    return sum(
        isinstance(node, FieldNode) + _written(getattr(node, "selection_set", None))
        for node in selections.selections
    )


@dataclass(slots=True)
class _Scales:
    """Weighs the selections of one document."""

    fragments: dict[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]
    known: dict[str, Weight]
    spread: dict[str, tuple[int, int]]

    def __init__(self, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self.fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self.variables = variables
        self.known = {}
        self.spread = {}

    def weigh(self, nodes: Iterable[SelectionNode]) -> Weight:
        """Return the weight of fields beside each other."""
        fields = depth = aliases = cost = 0
        for node in nodes:
            weight = self._weigh_one(node)
            fields += weight.fields
            depth = max(depth, weight.depth)
            aliases += weight.aliases
            cost += weight.cost
        return Weight(fields, depth, aliases, cost)

    def _weigh_one(self, node: SelectionNode) -> Weight:
        if isinstance(node, FragmentSpreadNode):
            name = node.name.value
            if name not in self.known:
                self.known[name] = self.weigh(self.fragments[name].selection_set.selections)
            return self.known[name]
        if isinstance(node, InlineFragmentNode):
            return self.weigh(node.selection_set.selections)
        assert isinstance(node, FieldNode)
        return self._weigh_field(node)

    def _weigh_field(self, node: FieldNode) -> Weight:
        name, aliased = node.name.value, int(node.alias is not None)
        if name.startswith("__"):
            # Tools ask deep questions about the schema; graphql-core limits the depth itself.
            count, inner_aliases = self._spread_out(node)
            return Weight(1, 1, aliased + inner_aliases, _COSTS.get(name, 0) + count)
        if node.selection_set is None:
            return Weight(1, 1, aliased, 0)
        inside = self.weigh(node.selection_set.selections)
        size = self._page_size(node) if name in _PAGED else 1
        cost = _COSTS.get(name, 1) + size * inside.cost
        return Weight(1, 1 + inside.depth, aliased + inside.aliases, cost)

    def _spread_out(self, node: Node) -> tuple[int, int]:
        """Return how many selections there are below `node`, and aliases, fragments spread out."""
        if isinstance(node, FragmentSpreadNode):
            name = node.name.value
            if name not in self.spread:
                self.spread[name] = self._spread_out(self.fragments[name])
            return self.spread[name]
        count = aliases = 0
        selections = getattr(node, "selection_set", None)
        for inner in selections.selections if selections else ():
            below, aliases_below = self._spread_out(inner)
            count += 1 + below
            aliases += aliases_below + int(getattr(inner, "alias", None) is not None)
        return count, aliases

    def _page_size(self, node: FieldNode) -> int:
        """Return how many rows are wanted; too many are refused when it is answered."""
        for argument in node.arguments:
            if argument.name.value in {"first", "last"}:
                size = argument.value
                if isinstance(size, IntValueNode):
                    return min(max(int(size.value), 1), PAGE_SIZE_MAX)
                if isinstance(size, VariableNode):
                    given = self.variables.get(size.name.value, PAGE_SIZE_MAX)
                    # What is no int yet may become one: 100.0 is a page of 100.
                    wanted = given if isinstance(given, int) else PAGE_SIZE_MAX
                    return min(max(wanted, 1), PAGE_SIZE_MAX)
        return PAGE_SIZE
