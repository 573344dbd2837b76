"""Which addresses we connect to."""

import socket
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Semaphore
from typing import Any

import pytest
from gateways.raw_server import json_reply, serving
from pytest_django import Settings

from saleor_loyalty.gateways.saleor.addresses import is_public
from saleor_loyalty.gateways.saleor.failures import ForbiddenAddress, SaleorUnavailable
from saleor_loyalty.gateways.saleor.transport import Request, send


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822",
                                     "::ffff:93.184.216.34"])  # fmt: skip
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%lo",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::7f00:1",
        "2002:7f00:1::1",
        "2001:0:7f00:1::1",
    ],
)
def test_any_other_address_is_not(address: str) -> None:
    assert not is_public(address)


def test_a_name_that_leads_to_this_machine_is_not_connected_to(settings: Settings) -> None:
    with serving(json_reply("{}")) as saleor:
        settings.ALLOW_PRIVATE_ADDRESSES = False
        url = saleor.url.replace("http://127.0.0.1", "https://localhost")

        with pytest.raises(ForbiddenAddress, match="private address"):
            send(Request("GET", url), is_repeatable=True, within_s=5)

        assert saleor.asked == []


def test_plain_http_is_refused(settings: Settings) -> None:
    settings.ALLOW_PRIVATE_ADDRESSES = False

    with pytest.raises(ForbiddenAddress, match="https"):
        send(Request("GET", "http://shop.example/"), is_repeatable=True, within_s=5)


class Resolver:
    """DNS, as somebody else answers it."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, port: int, **_options: Any) -> list[Any]:
        self.asked.append(host)
        addresses = self.answers.pop(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]


def test_one_private_address_among_public_ones_is_enough_to_refuse(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ALLOW_PRIVATE_ADDRESSES = False
    monkeypatch.setattr(socket, "getaddrinfo", Resolver(["93.184.216.34", "127.0.0.1"]))

    with pytest.raises(ForbiddenAddress):
        send(Request("GET", "https://mixed.example/"), is_repeatable=True, within_s=5)


def test_the_address_that_was_checked_is_the_one_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A second look-up, which could give another answer, never happens; the name stays."""
    real = socket.getaddrinfo
    dns = Resolver(["127.0.0.1"])

    def only_names(host: str, port: int, *rest: Any, **options: Any) -> list[Any]:
        return (
            dns(host, port) if host == "rebinding.example" else real(host, port, *rest, **options)
        )

    monkeypatch.setattr(socket, "getaddrinfo", only_names)
    with serving(json_reply("{}")) as saleor:
        url = saleor.url.replace("127.0.0.1", "rebinding.example")

        answer = send(Request("GET", url), is_repeatable=False, within_s=5)

        assert answer.status == 200
        assert dns.asked == ["rebinding.example"]
        assert saleor.asked[0].headers["Host"].startswith("rebinding.example:")


def test_names_that_hang_keep_no_other_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    hang, hanging, ended = 16, Semaphore(0), Event()
    real = socket.getaddrinfo

    def dns(host: str, port: int, *rest: Any, **options: Any) -> list[Any]:
        if host.startswith("hanging"):
            hanging.release()
            assert ended.wait(timeout=10)
            raise socket.gaierror
        return real(host, port, *rest, **options)

    def ask(url: str) -> int:
        return send(Request("GET", url), is_repeatable=False, within_s=5).status

    monkeypatch.setattr(socket, "getaddrinfo", dns)
    with ThreadPoolExecutor(hang) as pool, serving(json_reply("{}")) as saleor:
        calls = [pool.submit(ask, f"http://hanging{number}.example/") for number in range(hang)]
        try:
            all_hang = all(hanging.acquire(timeout=2) for _ in range(hang))
            answered = ask(saleor.url)
        finally:
            ended.set()

    assert (all_hang, answered) == (True, 200)
    assert [type(call.exception()) for call in calls] == [SaleorUnavailable] * hang
