"""Lines of the log: what they say, and what they never say."""

import json
import logging
import string
from collections.abc import Iterator
from io import StringIO
from logging.config import dictConfig

import pytest
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from saleor_loyalty.observability import logs

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJ1c2VyIjoxfQ.c2lnbmF0dXJl"
SECRET = st.text(string.ascii_letters + string.digits, min_size=20, max_size=40)
AROUND = st.sampled_from(["", " ", "'", '"', "(", "<", ": ", "\n", "é", "{", ", "])


@pytest.fixture
def lines() -> Iterator[StringIO]:
    written = StringIO()
    configuration = logs.configuration(level="INFO", form="json")
    configuration["handlers"]["stderr"]["stream"] = written
    dictConfig(configuration)
    yield written
    dictConfig(settings.LOGGING)


def last(lines: StringIO) -> dict[str, object]:
    found: dict[str, object] = json.loads(lines.getvalue().splitlines()[-1])
    return found


class TestLine:
    def test_is_one_json_object_with_time_level_logger_and_message(self, lines: StringIO) -> None:
        logging.getLogger("saleor_loyalty.orders").info("converged\n%d orders", 3)

        line = last(lines)
        assert str(line.pop("time")).endswith("+00:00")
        assert line == {
            "level": "INFO",
            "logger": "saleor_loyalty.orders",
            "message": "converged\n3 orders",
        }

    def test_tells_shop_event_and_order_of_the_blocks_around_it(self, lines: StringIO) -> None:
        logger = logging.getLogger("saleor_loyalty.orders")

        with logs.about(shop="https://shop.example/graphql/"):
            with logs.about(event="E1", order="T3JkZXI6MQ=="):
                logger.info("inside")
            inside = last(lines)
            logger.info("between")
            between = last(lines)
        logger.info("outside")

        assert inside["shop"] == between["shop"] == "https://shop.example/graphql/"
        assert (inside["event"], inside["order"]) == ("E1", "T3JkZXI6MQ==")
        assert "order" not in between
        assert "shop" not in last(lines)

    def test_keeps_the_traceback_and_what_the_caller_added(self, lines: StringIO) -> None:
        try:
            raise ValueError("token=abcdef123")
        except ValueError:
            logging.getLogger("x").exception("failed", extra={"points": 12, "event": "E2"})

        line = last(lines)
        assert str(line["traceback"]).endswith("ValueError: token=[secret]")
        assert (line["points"], line["event"]) == (12, "E2")

    def test_leaves_out_the_request_that_django_attaches(self, lines: StringIO) -> None:
        logging.getLogger("django.request").error("broken", extra={"request": "everything"})

        assert "request" not in last(lines)

    def test_hides_secrets_by_the_names_of_fields(self, lines: StringIO) -> None:
        extra = {"answer": {"auth_token": "hunter2", "items": [{"password": "x", "sku": "tea"}]}}

        logging.getLogger("x").info("installed", extra=extra)

        assert last(lines)["answer"] == {
            "auth_token": "[secret]",
            "items": [{"password": "[secret]", "sku": "tea"}],
        }


class TestRedacted:
    @given(email=st.emails(domains=st.just("mail.example.org")), before=AROUND, after=AROUND)
    def test_leaves_no_email_address(self, email: str, before: str, after: str) -> None:
        cleaned = logs.redacted(f"user{before}{email}{after}")

        assert "mail.example" not in cleaned
        assert "[e-mail]" in cleaned

    @given(secret=SECRET, scheme=st.sampled_from(["Bearer", "bearer", "JWT"]))
    def test_leaves_no_bearer_token(self, secret: str, scheme: str) -> None:
        assert logs.redacted(f"Authorization is {scheme} {secret}.") == (
            f"Authorization is {scheme} [secret]"
        )

    @given(
        secret=SECRET,
        written=st.sampled_from(
            ['{"auth_token": "%s"}', "{'auth_token': '%s'}", "auth_token=%s&x=1", "password: %s"]
        ),
    )
    def test_leaves_no_named_secret(self, secret: str, written: str) -> None:
        assert logs.redacted(written % secret) == written % "[secret]"

    @pytest.mark.parametrize("jwt", [JWT, "eyJhbGciOiJSUzI1NiIsImI2NCI6ZmFsc2V9..c2lnbmF0dXJl"])
    def test_leaves_no_web_token(self, jwt: str) -> None:
        assert logs.redacted(f"got <{jwt}>") == "got <[token]>"

    @given(data=st.binary(max_size=64))
    def test_leaves_no_key_and_nothing_a_key_encrypted(self, data: bytes) -> None:
        key = Fernet.generate_key()

        cleaned = logs.redacted(f"keys {key.decode()} {Fernet(key).encrypt(data).decode()} end")

        assert cleaned == "keys [key] [encrypted] end"

    def test_leaves_no_password_in_an_address(self) -> None:
        assert logs.redacted("postgresql://loyalty:p4ss:w@rd@db:5432/x") == (
            "postgresql://loyalty:[secret]@db:5432/x"
        )

    @pytest.mark.parametrize(
        "harmless",
        [
            "order T3JkZXI6MQ== converged, 120 points",
            "shop https://shop.example.com/graphql/ answered in 12 ms",
            "0192f3a4-5b6c-7d8e-9f00-112233445566",
            "SHA-256 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
        ],
    )
    def test_changes_nothing_else(self, harmless: str) -> None:
        assert logs.redacted(harmless) == harmless

    def test_cuts_what_nobody_would_read(self) -> None:
        assert len(logs.redacted("x" * 1_000_000)) == logs.TEXT_CHARACTERS_MAX


class TestConfiguration:
    def test_writes_lines_for_people_too(self) -> None:
        written = StringIO()
        configuration = logs.configuration(level="INFO", form="text")
        configuration["handlers"]["stderr"]["stream"] = written
        dictConfig(configuration)
        try:
            with logs.about(order="T3JkZXI6MQ=="):
                logging.getLogger("x").info("sent to ann@example.org")
        finally:
            dictConfig(settings.LOGGING)

        assert written.getvalue().endswith("INFO    x: sent to [e-mail] order=T3JkZXI6MQ==\n")

    def test_refuses_a_level_that_does_not_exist(self) -> None:
        with pytest.raises(ImproperlyConfigured, match="LOG_LEVEL='LOUD'"):
            logs.configuration(level="LOUD", form="json")

    def test_refuses_a_form_that_does_not_exist(self) -> None:
        with pytest.raises(ImproperlyConfigured, match="LOG_FORM='xml'"):
            logs.configuration(level="INFO", form="xml")
