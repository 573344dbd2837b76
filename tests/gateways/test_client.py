"""Asking Saleor, over a real connection."""

import json
import logging
import os

import pytest
from gateways.raw_server import RawServer, json_reply, serving

from saleor_loyalty.gateways.saleor import transport
from saleor_loyalty.gateways.saleor.app import UnknownApp, installed_app, report_problem, webhooks
from saleor_loyalty.gateways.saleor.client import (
    BrokenRecord,
    Connection,
    SaleorRefused,
    SaleorUnavailable,
    call,
)
from saleor_loyalty.gateways.saleor.people import Me, me

ME = json_reply('{"data": {"me": {"id": "VXNlcjox", "isActive": true, "isConfirmed": false}}}')
DOWN = json_reply("down", status=503)


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "PAUSE_S", 0.001)


def connect(saleor: RawServer) -> Connection:
    return Connection(f"{saleor.url}/graphql/", "secret-token")


def test_an_operation_is_sent_with_its_variables_and_our_token() -> None:
    with serving(json_reply('{"data": {"appProblemCreate": {"errors": []}}}')) as saleor:
        report_problem(connect(saleor), key="loyalty-test", message="Something")

    [asked] = saleor.asked
    sent = json.loads(asked.body)
    assert asked.path == "/graphql/"
    assert asked.headers["Authorization"] == "Bearer secret-token"
    assert sent["query"].startswith("mutation ReportProblem(")
    assert sent["variables"] == {"key": "loyalty-test", "message": "Something"}


def test_amounts_arrive_to_the_cent() -> None:
    with serving(json_reply('{"data": {"me": 0.1}}')) as saleor:
        data = call(connect(saleor), "Me")

    assert str(data["me"]) == "0.1"


def test_one_connection_serves_many_calls() -> None:
    with serving(ME) as saleor:
        for _ in range(5):
            assert me(connect(saleor)) == Me("VXNlcjox", is_active=True, is_confirmed=False)

    assert len(saleor.asked) == 5
    assert len({asked.client_port for asked in saleor.asked}) == 1


def test_a_forked_process_opens_its_own_connections() -> None:
    with serving(ME) as saleor:
        me(connect(saleor))
        child = os.fork()
        if child == 0:
            os._exit(0 if me(connect(saleor)) else 1)
        assert os.waitpid(child, 0)[1] == 0
        me(connect(saleor))

    parent, forked, parent_again = [asked.client_port for asked in saleor.asked]
    assert parent == parent_again != forked


class TestTransientTrouble:
    def test_a_query_is_asked_again(self) -> None:
        with serving(DOWN, json_reply("slow down", status=429), ME) as saleor:
            assert me(connect(saleor)) is not None

        assert len(saleor.asked) == 3

    def test_a_query_is_given_up_after_three_attempts(self) -> None:
        with serving(DOWN) as saleor, pytest.raises(SaleorUnavailable, match="503"):
            call(connect(saleor), "Me")

        assert len(saleor.asked) == 3

    def test_a_mutation_is_not_repeated_on_its_own(self) -> None:
        with serving(DOWN) as saleor, pytest.raises(SaleorUnavailable):
            call(connect(saleor), "ReportProblem", {"key": "k", "message": "m"})

        assert len(saleor.asked) == 1

    def test_a_mutation_that_may_run_twice_is(self) -> None:
        with serving(DOWN) as saleor, pytest.raises(SaleorUnavailable):
            report_problem(connect(saleor), key="key", message="message")

        assert len(saleor.asked) == 3

    def test_nobody_listening_is_transient(self) -> None:
        with serving(ME) as saleor:
            pass

        with pytest.raises(SaleorUnavailable, match="ConnectError"):
            call(connect(saleor), "Me")

    def test_an_answer_that_trickles_is_cut_off(self) -> None:
        answer = (200, {}, [b'{"data": ', b"{}}"])
        with serving(answer) as saleor, pytest.raises(SaleorUnavailable):
            call(connect(saleor), "Me", within_s=0.2)

    def test_a_failure_inside_saleor_is_transient(self) -> None:
        error = {"message": "Internal Server Error", "extensions": {"exception": {"code": "X"}}}
        reply = json_reply(json.dumps({"errors": [error], "data": None}))
        with serving(reply) as saleor, pytest.raises(SaleorUnavailable, match="internal error"):
            call(connect(saleor), "Me")

    @pytest.mark.parametrize("text", ["<html>", "[]", "{}", '{"data": null}', "NaN"])
    def test_an_answer_that_is_not_graphql_is_transient(self, text: str) -> None:
        with serving(json_reply(text)) as saleor, pytest.raises(SaleorUnavailable):
            call(connect(saleor), "Me")


class TestRefusals:
    def test_errors_of_the_document_carry_their_codes(self) -> None:
        errors = [{"message": "no", "extensions": {"exception": {"code": "PermissionDenied"}}}]
        reply = json_reply(json.dumps({"errors": errors, "data": None}), status=400)
        with serving(reply) as saleor, pytest.raises(SaleorRefused) as refused:
            call(connect(saleor), "InstalledApp")

        assert refused.value.codes == ["PermissionDenied"]
        assert len(saleor.asked) == 1

    def test_errors_of_a_payload_carry_theirs_and_no_message_of_saleor(self) -> None:
        errors = [{"field": "key", "code": "INVALID", "message": "ann@shop.example is odd"}]
        reply = json_reply(json.dumps({"data": {"appProblemCreate": {"errors": errors}}}))
        with serving(reply) as saleor, pytest.raises(SaleorRefused) as refused:
            report_problem(connect(saleor), key="key", message="message")

        assert refused.value.codes == ["INVALID"]
        assert str(refused.value) == "Saleor refused: INVALID (key)."

    def test_a_record_saleor_cannot_show_is_told_apart(self) -> None:
        reply = (
            '{"errors": [{"message": "bad enum", "path": ["orders"]}], "data": {"orders": null}}'
        )
        with serving(json_reply(reply)) as saleor, pytest.raises(BrokenRecord, match="bad enum"):
            call(connect(saleor), "Me")

    def test_a_redirect_is_not_followed(self) -> None:
        with serving(ME) as elsewhere, serving((302, {"Location": elsewhere.url}, [])) as saleor:
            with pytest.raises(SaleorRefused, match="redirects"):
                call(connect(saleor), "Me")

            assert elsewhere.asked == []

    def test_an_answer_without_end_is_not_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(transport, "ANSWER_BYTES_MAX", 1000)
        reply = json_reply(" " * 2000)
        with serving(reply) as saleor, pytest.raises(SaleorRefused, match="too large"):
            call(connect(saleor), "Me")

    def test_a_place_without_an_api_is_named_by_its_status(self) -> None:
        reply = json_reply("<html>", status=404)
        with serving(reply) as saleor, pytest.raises(SaleorRefused) as refused:
            call(connect(saleor), "Me")

        assert refused.value.codes == ["HTTP_404"]

    @pytest.mark.parametrize(
        "errors", ["boom", 7, {"message": "x"}, ["boom"], [{"extensions": "x"}], [{}]]
    )
    def test_errors_in_an_odd_shape_are_refusals_too(self, errors: object) -> None:
        reply = json_reply(json.dumps({"errors": errors, "data": {"me": None}}))
        with serving(reply) as saleor, pytest.raises(SaleorRefused):
            call(connect(saleor), "Me")


class TestWhoIsThere:
    def test_a_token_that_stands_for_nobody_is_none(self) -> None:
        with serving(json_reply('{"data": {"me": null}}')) as saleor:
            assert me(connect(saleor)) is None

    def test_an_expired_token_is_none(self) -> None:
        error = '{"message": "expired", "extensions": {"exception": {"code": "ExpiredSignature"}}}'
        with serving(json_reply(f'{{"errors": [{error}]}}')) as saleor:
            assert me(connect(saleor)) is None

    def test_a_token_of_no_app_is_an_unknown_app(self) -> None:
        denied = '{"message": "no", "extensions": {"exception": {"code": "PermissionDenied"}}}'
        reply = json_reply(f'{{"errors": [{denied}, {denied}]}}')
        with serving(reply) as saleor, pytest.raises(UnknownApp):
            installed_app(connect(saleor))

    @pytest.mark.parametrize("data", ["{}", '{"app": 7}', '{"app": {"webhooks": [{}]}}'])
    def test_an_answer_of_another_shape_is_transient(self, data: str) -> None:
        with serving(json_reply(f'{{"data": {data}}}')) as saleor:
            with pytest.raises(SaleorUnavailable):
                installed_app(connect(saleor))
            with pytest.raises(SaleorUnavailable):
                webhooks(connect(saleor))


def test_secrets_reach_neither_logs_nor_texts(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(DOWN) as saleor:
        connection = connect(saleor)
        with pytest.raises(SaleorUnavailable) as failure:
            report_problem(connection, key="key", message="a secret-message")

    request = transport.Request("POST", saleor.url, {"Authorization": "secret-token"}, b"secret")
    told = [caplog.text, str(failure.value), repr(failure.value), repr(connection), repr(request)]
    assert "secret" not in "".join(told)
