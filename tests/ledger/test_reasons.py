"""What people are told about their points."""

# ruff: noqa: RUF001 (French apostrophes)

import pytest
from django.utils import translation

from saleor_loyalty.ledger.reasons import PARAMETER_CHARACTERS_MAX, sentence

REASONS = [
    ({"code": "ORDER", "order": "12"}, "Order 12", "Commande 12"),
    ({"code": "ORDER_REFUND", "order": "12"}, "Refund of order 12",
     "Remboursement de la commande 12"),
    ({"code": "ORDER_RETURN", "order": "12"}, "Return of goods of order 12",
     "Retour d’articles de la commande 12"),
    ({"code": "ORDER_CANCELLED", "order": "12"}, "Order 12 was cancelled",
     "La commande 12 a été annulée"),
    ({"code": "ORDER_REINSTATED", "order": "12"}, "Order 12 counts again",
     "La commande 12 compte à nouveau"),
    ({"code": "MATURED"}, "Your points are ready to use", "Vos points sont disponibles"),
    ({"code": "EXPIRED"}, "Points expired", "Points expirés"),
    ({"code": "REDEMPTION"}, "Reward", "Récompense"),
    ({"code": "REDEMPTION_RELEASED"}, "Reward not used: points are free again",
     "Récompense non utilisée : les points sont de nouveau disponibles"),
    ({"code": "REDEMPTION_RETURNED"}, "Reward returned: points given back",
     "Récompense annulée : points rendus"),
    ({"code": "CORRECTION", "note": "100 % <b>sorry</b>"},
     "Correction by the shop: 100 % <b>sorry</b>",
     "Correction de la boutique : 100 % <b>sorry</b>"),
    # Nobody knows the reason, or something of it is missing.
    ({"code": "NEW"}, "Change of your points", "Modification de vos points"),
    ({"code": ["ORDER"]}, "Change of your points", "Modification de vos points"),
    ({}, "Change of your points", "Modification de vos points"),
    ({"code": "ORDER"}, "Change of your points", "Modification de vos points"),
    ({"code": "CORRECTION", "note": ""}, "Change of your points", "Modification de vos points"),
]  # fmt: skip

SUMMER = {"reward": "Summer treat", "translations": {"fr": "Plaisir d’été", "de": ""}}
REWARDS = [
    ("REDEMPTION", {}, "Reward Summer treat"),
    ("REDEMPTION", {"order": "12"}, "Reward Summer treat, for order 12"),
    ("REDEMPTION_CHARGED", {"order": "12"}, "Reward Summer treat used again, for order 12"),
    ("REDEMPTION_CHARGED", {}, "Reward Summer treat used again"),
    ("REDEMPTION_RELEASED", {}, "Reward Summer treat not used: points are free again"),
    ("REDEMPTION_RETURNED", {"order": "12"},
     "Reward Summer treat returned, of order 12: points given back"),
    ("REDEMPTION_RETURNED", {}, "Reward Summer treat returned: points given back"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "more", "english"), REWARDS)
def test_names_the_reward_and_the_order_as_far_as_they_are_known(
    code: str, more: dict[str, object], english: str
) -> None:
    reason = {"code": code} | SUMMER | more
    with translation.override("en"):
        assert sentence(reason) == english
    with translation.override("de"):
        assert "Summer treat" in sentence(reason)
    with translation.override("fr"):
        assert "Plaisir d’été" in sentence(reason)


def test_needs_no_name_of_the_reward() -> None:
    with translation.override("en"):
        assert sentence({"code": "REDEMPTION_CHARGED", "order": "12"}) == "Reward used again"
        assert sentence({"code": "REDEMPTION_RETURNED", "reward": "", "order": "12"}) == (
            "Reward returned: points given back"
        )


@pytest.mark.parametrize(("reason", "english", "french"), REASONS)
def test_is_a_sentence_in_their_language(
    reason: dict[str, object], english: str, french: str
) -> None:
    with translation.override("en"):
        assert sentence(reason) == english
    with translation.override("fr-ca"):
        assert sentence(reason) == french


def test_is_never_long() -> None:
    with translation.override("en"):
        assert sentence({"code": "CORRECTION", "note": "x" * 9000}) == (
            "Correction by the shop: " + "x" * PARAMETER_CHARACTERS_MAX
        )
