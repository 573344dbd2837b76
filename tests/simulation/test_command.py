"""Backtests on the command line."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from factories import make_installation
from simulation.shops import small_shop, tried

from saleor_loyalty.installations.models import Installation
from saleor_loyalty.programme.operations import edit_draft

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Installation:
    return small_shop()


@pytest.fixture
def run(shop: Installation, capsys: pytest.CaptureFixture[str]) -> Any:
    def ran(*words: str) -> tuple[str, str]:
        call_command("backtest", "--shop", shop.api_url, "--processes", "1", *words)
        said = capsys.readouterr()
        return said.out, said.err

    return ran


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "programme.json"
    path.write_text(tried().model_dump_json())
    return str(path)


def test_a_file_is_compared_and_progress_is_shown(run: Any, file: str) -> None:
    out, err = run("--file", file, "--months", "120")

    lines = out.splitlines()
    assert lines[0].startswith("3 orders of 2 members, counted in ")
    assert lines[1].split() == ["in", "force", "draft"]
    assert lines[2].split() == ["points", "150", "310"]
    assert lines[4].split() == ["worth", "in", "EUR", "1.50", "3.10"]
    assert "2 members get more points by the draft, 0 fewer" in lines
    assert "dear: order 2 of 60.00 EUR gives 130 points" in lines
    assert err.endswith("100 % counted\n")


def test_the_draft_is_what_is_compared_by_itself(run: Any, shop: Installation) -> None:
    document = tried().model_dump(mode="json")
    edit_draft(installation_id=shop.pk, document=document, revision=None, at=shop.installed_at)

    out, _ = run("--json", "--months", "120")

    figures = json.loads(out)
    assert (figures["current"]["points"], figures["draft"]["points"]) == (150, 310)


def test_a_preset_is_compared(run: Any) -> None:
    out, _ = run("--preset", "stamp-card", "--json")

    assert json.loads(out)["members"] == 2


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "has no draft"),
        (["--preset", "nothing"], "there is no preset 'nothing'"),
        (["--file", "/nowhere.json"], "cannot be read"),
        (["--months", "0"], "1 to 120 months"),
        (["--processes", "65"], "1 to 64 processes"),
    ],
)
def test_what_cannot_be_done_is_told(run: Any, words: list[str], why: str) -> None:
    with pytest.raises(CommandError, match=why):
        run(*words)


def test_mistakes_are_told(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "wrong.json"
    path.write_text('{"expiry": {"days": 1, "months": 1}}')

    with pytest.raises(CommandError, match="has mistakes:\n  expiry"):
        run("--file", str(path))


def test_a_shop_must_be_known_and_have_a_programme(file: str) -> None:
    bare = make_installation()

    with pytest.raises(CommandError, match="no programme in force"):
        call_command("backtest", "--shop", bare.api_url, "--file", file)
    with pytest.raises(CommandError, match="has not installed the app"):
        call_command("backtest", "--shop", "https://other.example/graphql/", "--file", file)
