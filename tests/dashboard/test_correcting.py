"""The Dashboard's form for corrections moves points once, whatever is answered."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import saleor_loyalty

NODE = shutil.which("node")
SCRIPT = Path(saleor_loyalty.__file__).parent / "static" / "loyalty" / "dashboard.js"
BROWSER = Path(__file__).parent / "browser.js"
DONE: dict[str, Any] = {"data": {"memberPointsAdjust": {"errors": []}}}

pytestmark = pytest.mark.skipif(NODE is None, reason="needs Node.js, to run the page's script")


def sent(*answers: Any) -> tuple[list[int], list[str]]:
    """Send the form as often as there are answers (None: none came).

    Return the keys that came with it, numbered as they appeared, and what the form said.
    """
    given = json.dumps({"script": SCRIPT.read_text(), "answers": answers})
    ran = subprocess.run(
        [str(NODE), BROWSER], input=given, capture_output=True, text=True, timeout=20, check=True
    )
    told = json.loads(ran.stdout)
    known = list(dict.fromkeys(told["keys"]))
    return [known.index(key) for key in told["keys"]], told["shown"]


def failed(code: str) -> dict[str, Any]:
    return {"data": None, "errors": [{"message": code, "extensions": {"code": code}}]}


def refused(code: str) -> dict[str, Any]:
    return {"data": {"memberPointsAdjust": {"errors": [{"message": code, "code": code}]}}}


def test_two_corrections_have_two_keys() -> None:
    assert sent(DONE, DONE) == ([0, 1], ["done", "done"])


@pytest.mark.parametrize(
    "code", ["UNAVAILABLE", "INTERNAL_ERROR", "UNAUTHENTICATED", "PERMISSION_DENIED", "MALFORMED"]
)
def test_sent_again_after_trouble_it_is_the_same_correction(code: str) -> None:
    assert sent(failed(code), DONE, DONE) == ([0, 0, 1], [code, "done", "done"])


def test_sent_again_without_an_answer_it_is_the_same_correction() -> None:
    assert sent(None, failed("UNAUTHENTICATED"), DONE) == (
        [0, 0, 0],
        ["failed", "UNAUTHENTICATED", "done"],
    )


def test_a_refused_correction_can_be_changed() -> None:
    """It has not used its key."""
    assert sent(refused("NOT_ENOUGH_POINTS"), DONE) == ([0, 0], ["NOT_ENOUGH_POINTS", "done"])


def test_a_correction_changed_after_it_came_through_starts_anew() -> None:
    """Staff see what became of the first one before they send another."""
    assert sent(None, refused("IDEMPOTENCY_KEY_USED"), DONE) == (
        [0, 0, 1],
        ["failed", "late", "done"],
    )
