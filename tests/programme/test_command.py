"""The programme on the command line."""

import json
from datetime import UTC, datetime
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from factories import make_shop

from saleor_loyalty.installations.models import Installation
from saleor_loyalty.programme import presets
from saleor_loyalty.programme.queries import current, draft, versions
from saleor_loyalty.programme.schema import json_schema

RIGHT = {"name": "Right", "earning": {"rates": {"USD": {"points": 2, "per": 1}}}}
WRONG = {"earning": {"rates": {"eur": {"points": 1, "per": 1}}}, "expiry": {"days": 1, "months": 1}}


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def shop(db: None) -> Installation:
    return make_shop()


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def written(document: Any) -> str:
        file = tmp_path / "programme.json"
        file.write_text(document if isinstance(document, str) else json.dumps(document))
        return str(file)

    return written


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    def ran(*words: str) -> str:
        call_command("programme", *words)
        return capsys.readouterr().out

    return ran


class TestWithoutAShop:
    def test_prints_the_schema(self, run: Any) -> None:
        assert json.loads(run("--schema")) == json_schema()

    def test_lists_presets(self, run: Any) -> None:
        assert run("--preset").split() == list(presets.names())

    def test_finds_nothing_wrong_with_what_is_right(self, run: Any, write: Any) -> None:
        assert run("--validate", write(RIGHT)) == "OK     this can be published\n"

    def test_tells_all_that_is_wrong(self, write: Any, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as ended:
            call_command("programme", "--validate", write(WRONG))

        assert ended.value.code == 1
        assert capsys.readouterr().out == (
            "WRONG  earning.rates.eur: Write a currency as three capital letters, such as EUR.\n"
            "WRONG  expiry.months: Choose either days or months.\n"
        )

    @pytest.mark.parametrize(
        "words", [["--publish", "x"], ["--history"], [], ["--withdraw", "1"], ["--draft"]]
    )
    def test_asks_for_the_shop(self, words: list[str]) -> None:
        with pytest.raises(CommandError, match="Name the shop: --shop"):
            call_command("programme", *words)

    @pytest.mark.django_db
    def test_knows_shops_that_installed_us_only(self) -> None:
        with pytest.raises(CommandError, match="has not installed the app"):
            call_command("programme", "--shop", "https://nobody.example/graphql/")


class TestOfAShop:
    def test_is_shown_as_json(self, shop: Installation, run: Any) -> None:
        document = current(shop.pk, now()).document.model_dump(mode="json")

        assert json.loads(run("--shop", shop.api_url)) == document
        assert json.loads(run("--shop", shop.api_url, "--json")) == document

    def test_is_published_from_a_file(self, shop: Installation, run: Any, write: Any) -> None:
        assert run("--shop", shop.api_url, "--publish", write(RIGHT), "--note", "Why not") == (
            "version 2 is in force\n"
        )
        assert current(shop.pk, now()).document.name == "Right"
        assert "Why not" in run("--shop", shop.api_url, "--history")

    def test_is_published_from_stdin(
        self, shop: Installation, run: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        content = BytesIO(json.dumps(RIGHT).encode())
        monkeypatch.setattr("sys.stdin", TextIOWrapper(content))

        assert run("--shop", shop.api_url, "--publish", "-") == "version 2 is in force\n"

    def test_is_not_published_if_it_is_wrong(self, shop: Installation, write: Any) -> None:
        with pytest.raises(CommandError) as refusal:
            call_command("programme", "--shop", shop.api_url, "--publish", write(WRONG))

        assert str(refusal.value) == (
            "The programme was not published:\n"
            "  earning.rates.eur: Write a currency as three capital letters, such as EUR.\n"
            "  expiry.months: Choose either days or months."
        )
        assert len(versions(shop.pk)) == 1

    def test_tells_what_does_nothing_yet(self, shop: Installation, run: Any, write: Any) -> None:
        document = RIGHT | {"referral": {"friend_points": 100}}

        assert run("--shop", shop.api_url, "--publish", write(document)) == (
            "LATER  referral: Friends cannot be invited yet.\nversion 2 is in force\n"
        )

    def test_is_scheduled_and_withdrawn(self, shop: Installation, run: Any, write: Any) -> None:
        words = ["--shop", shop.api_url, "--publish", write(RIGHT), "--effective", "2199-12-01"]

        assert run(*words) == "version 2 takes effect 2199-12-01 00:00 UTC\n"
        assert run("--shop", shop.api_url, "--withdraw", "2") == "version 2 is withdrawn\n"
        assert [version.number for version in versions(shop.pk)] == [1]
        assert "withdrawn" in run("--shop", shop.api_url, "--history")

    def test_takes_effect_by_the_programmes_own_clock(
        self, shop: Installation, run: Any, write: Any
    ) -> None:
        file = write(RIGHT | {"timezone": "Asia/Tokyo"})

        run("--shop", shop.api_url, "--publish", file, "--effective", "2199-12-01")

        assert versions(shop.pk)[0].effective_from == datetime(2199, 11, 30, 15, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("moment", "message"),
        [
            ("tomorrow", "--effective tomorrow: write a moment such as 2026-12-01"),
            ("2001-01-01", "Choose a moment to come"),
        ],
    )
    def test_never_takes_effect_in_the_past(
        self, shop: Installation, write: Any, moment: str, message: str
    ) -> None:
        words = ["--shop", shop.api_url, "--publish", write(RIGHT), "--effective", moment]

        with pytest.raises(CommandError, match=message):
            call_command("programme", *words)

        assert len(versions(shop.pk)) == 1

    def test_is_rolled_back(self, shop: Installation, run: Any, write: Any) -> None:
        run("--shop", shop.api_url, "--publish", write(RIGHT))

        assert run("--shop", shop.api_url, "--roll-back", "1") == "version 3 is in force\n"
        assert current(shop.pk, now()).document == versions(shop.pk)[2].document

    @pytest.mark.parametrize("option", ["--roll-back", "--withdraw"])
    @pytest.mark.parametrize("number", ["0", "7"])
    def test_has_no_other_versions(self, shop: Installation, option: str, number: str) -> None:
        with pytest.raises(CommandError, match=f"there is no version {number}"):
            call_command("programme", "--shop", shop.api_url, option, number)

    def test_in_force_is_not_withdrawn(self, shop: Installation) -> None:
        with pytest.raises(CommandError, match="Publish another version instead"):
            call_command("programme", "--shop", shop.api_url, "--withdraw", "1")

    def test_is_compared(self, shop: Installation, run: Any, write: Any) -> None:
        run("--shop", shop.api_url, "--publish", write(RIGHT))
        run("--shop", shop.api_url, "--draft", write(RIGHT | {"expiry": {"months": 6}}))
        told = (
            "The programme is called “Right” instead of “Rewards”.\n"
            "1 point per 1 USD becomes 2 points per 1 USD.\n"
        )

        assert run("--shop", shop.api_url, "--diff", "1", "2") == told
        assert run("--shop", shop.api_url, "--diff") == (
            "Points lapse after 6 months instead of never.\n"
        )
        assert run("--shop", shop.api_url, "--diff", "1") == (
            f"{told}Points lapse after 6 months instead of never.\n"
        )
        assert run("--shop", shop.api_url, "--diff", "2", "2") == "nothing changes\n"


class TestDraft:
    def test_is_kept_shown_published(self, shop: Installation, run: Any, write: Any) -> None:
        assert run("--shop", shop.api_url, "--draft", write(RIGHT)) == (
            "the draft is kept; --publish publishes it\n"
        )
        assert json.loads(run("--shop", shop.api_url, "--draft")) == RIGHT
        assert run("--shop", shop.api_url, "--publish") == "version 2 is in force\n"
        assert draft(shop.pk).document is None

    def test_may_be_wrong(self, shop: Installation, run: Any, write: Any) -> None:
        told = run("--shop", shop.api_url, "--draft", write(WRONG))

        assert told.count("WRONG") == 2
        assert draft(shop.pk).document == WRONG
        with pytest.raises(CommandError, match="was not published:\n  earning"):
            call_command("programme", "--shop", shop.api_url, "--publish")
        with pytest.raises(CommandError, match="was not compared:\n  earning"):
            call_command("programme", "--shop", shop.api_url, "--diff")

    @pytest.mark.parametrize(("content", "message"), [("{", "Write JSON"), ("[]", "an object")])
    def test_is_json(self, shop: Installation, write: Any, content: str, message: str) -> None:
        with pytest.raises(CommandError, match=f"was not kept:\n.*{message}"):
            call_command("programme", "--shop", shop.api_url, "--draft", write(content))

    def test_is_discarded(self, shop: Installation, run: Any, write: Any) -> None:
        run("--shop", shop.api_url, "--draft", write(RIGHT))
        run("--shop", shop.api_url, "--discard-draft")

        for word in ("--draft", "--publish", "--diff"):
            with pytest.raises(CommandError, match="Write a draft first: there is none"):
                call_command("programme", "--shop", shop.api_url, word)

    def test_may_be_a_preset(self, shop: Installation, run: Any) -> None:
        run("--shop", shop.api_url, "--preset", "stamp-card")

        assert draft(shop.pk).document == presets.load("stamp-card")

    def test_is_no_preset_that_is_not_there(self, shop: Installation) -> None:
        with pytest.raises(CommandError, match=r"Choose one of .*stamp-card"):
            call_command("programme", "--shop", shop.api_url, "--preset", "../secrets")


def test_a_file_that_is_not_there_is_told_in_a_line(shop: Installation) -> None:
    with pytest.raises(CommandError, match=r"^/nowhere\.json cannot be read: No such file"):
        call_command("programme", "--shop", shop.api_url, "--publish", "/nowhere.json")
