"""Which network addresses we may connect to, decided on the address that is connected to.

A name is resolved, checked and connected to in one place, so that a second look-up cannot give
another answer; TLS and the Host header keep the name.
"""

import socket
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpcore
from django.conf import settings

from saleor_loyalty.gateways.saleor.failures import ForbiddenAddress

RESOLVE_TIMEOUT_S = 3.0
# Far more than ever look up a name at once: one that hangs must not keep the others waiting.
LOOKUPS_MAX = 32
ADDRESSES_MAX = 8

# A v4 address inside a v6 one; what counts is where the packets end.
_NAT64 = IPv6Network("64:ff9b::/96")
_TUNNELS = tuple(map(IPv6Network, ("::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16")))


class CheckedNetwork(httpcore.SyncBackend):
    """Connect to public addresses only, unless settings.ALLOW_PRIVATE_ADDRESSES."""

    def __init__(self) -> None:
        # getaddrinfo has no time-out of its own; a thread lets us stop waiting for it.
        self._resolver = ThreadPoolExecutor(LOOKUPS_MAX, thread_name_prefix="resolver")

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of `host` that answers.

        :raises ForbiddenAddress: if one of its addresses is not public.
        """
        failure: Exception = httpcore.ConnectError("the host has no address")
        for address in self._addresses(host, port):
            try:
                return super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    def _addresses(self, host: str, port: int) -> list[str]:
        looking = self._resolver.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        try:
            found = looking.result(timeout=RESOLVE_TIMEOUT_S)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("the host's name was not resolved") from error
        except TimeoutError as error:
            looking.cancel()  # if it has not begun, nobody waits for it any more
            raise httpcore.ConnectTimeout("the host's name was not resolved in time") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not settings.ALLOW_PRIVATE_ADDRESSES and not all(map(is_public, addresses)):
            raise ForbiddenAddress(
                f"{host} leads to a private address. Set ALLOW_PRIVATE_ADDRESSES=true if your"
                " Saleor runs in a private network."
            )
        return addresses[:ADDRESSES_MAX]


def is_public(address: str) -> bool:
    """Tell whether packets to `address` leave for the public internet."""
    ip: IPv4Address | IPv6Address = ip_address(address)
    if isinstance(ip, IPv6Address):
        if ip in _NAT64:
            ip = IPv4Address(int(ip) & 0xFFFFFFFF)
        elif ip.ipv4_mapped:
            ip = ip.ipv4_mapped
        elif any(ip in tunnel for tunnel in _TUNNELS):
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved)
