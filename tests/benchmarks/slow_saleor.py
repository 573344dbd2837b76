"""A Saleor that knows one kind of checkout, and lets everybody wait: for `PAUSE_MS` on average.

Prints its port. `GET /waited` tells how long the calls for each checkout have taken, in ms.
"""

import base64
import json
import random
import re
import sys
import time
from collections import defaultdict
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import Any

CHANNEL = {"id": "Q2hhbm5lbDox", "slug": "default-channel", "currencyCode": "USD", "isActive": True}
_OPERATION = re.compile(r"(?:query|mutation) (\w+)")
_PRICE = 40


def checkout_of(user_id: str) -> str:
    """Return the one checkout that a customer has."""
    return base64.b64encode(f"Checkout:{user_id}".encode()).decode()


def _user_of(checkout_id: str) -> str:
    return base64.b64decode(checkout_id).decode().partition(":")[2]


def _gross(amount: int) -> dict[str, Any]:
    return {"gross": {"amount": amount}}


def _checkout(checkout_id: str, code: str | None = None) -> dict[str, Any]:
    off = 5 if code else 0
    product = {"slug": "beans", "productType": {"slug": "goods", "kind": "NORMAL"},
               "category": None, "collections": []}  # fmt: skip
    variant = {"sku": "beans", "product": product,
               "pricing": {"onSale": False, "price": _gross(_PRICE),
                           "priceUndiscounted": _gross(_PRICE)}}  # fmt: skip
    line = {"id": "Q2hlY2tvdXRMaW5lOjE=", "quantity": 1, "isGift": False, "variant": variant,
            "totalPrice": _gross(_PRICE), "undiscountedUnitPrice": {"amount": _PRICE}}  # fmt: skip
    return {
        "id": checkout_id, "updatedAt": datetime.now(UTC).isoformat(), "channel": CHANNEL,
        "user": {"id": _user_of(checkout_id)}, "voucherCode": code, "discount": {"amount": off},
        "giftCards": [], "subtotalPrice": _gross(_PRICE - off), "shippingPrice": _gross(5),
        "totalPrice": {"currency": "USD", **_gross(_PRICE + 5 - off)}, "chargeStatus": "NONE",
        "authorizeStatus": "NONE", "totalBalance": {"amount": off - _PRICE - 5},
        "lines": [line],
    }  # fmt: skip


def _voucher(variables: dict[str, Any]) -> dict[str, Any]:
    listings = [
        {"discountValue": float(each["discountValue"]), "minSpent": None,
         "channel": {"id": each["channelId"]}}
        for each in variables["channels"]
    ]  # fmt: skip
    return {
        "id": variables["id"], "type": "ENTIRE_ORDER", "discountValueType": "FIXED",
        "singleUse": True, "endDate": None, "channelListings": listings,
        "codes": {"edges": [{"node": {"code": variables["id"], "isActive": True}}]},
    }  # fmt: skip


class _Saleor:
    """Answers, and remembers which call was for which checkout."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waited_ms: dict[str, float] = defaultdict(float)
        self._checkout_of_code: dict[str, str] = {}

    def answer(self, operation: str, variables: dict[str, Any], bearer: str) -> tuple[str, Any]:
        """Return whom the call is for, and the data."""
        if operation == "Me":
            payload = bearer.split(".")[1]
            user = json.loads(base64.urlsafe_b64decode(payload + "=="))["user_id"]
            return checkout_of(user), {"me": {"id": user, "isActive": True, "isConfirmed": True}}
        if operation == "CheckoutForRewards":
            return variables["id"], {"checkout": _checkout(variables["id"])}
        if operation == "Channels":
            return "", {"channels": [CHANNEL]}
        if operation == "CreateVoucher":
            # A voucher is known by its code, which tells nothing of the checkout yet.
            code = variables["input"]["addCodes"][0]
            return code, {"voucherCreate": {"voucher": {"id": code}, "errors": []}}
        if operation == "ListVoucher":
            listed = {"voucher": _voucher(variables), "errors": []}
            return variables["id"], {"voucherChannelListingUpdate": listed}
        self._checkout_of_code[variables["code"]] = variables["id"]
        checkout = _checkout(variables["id"], variables["code"])
        return variables["id"], {"checkoutAddPromoCode": {"checkout": checkout, "errors": []}}

    def add(self, whom: str, ms: float) -> None:
        """Remember how long a call took."""
        with self._lock:
            self._waited_ms[whom] += ms

    def waited(self) -> dict[str, float]:
        """Return the time of all calls for each checkout."""
        sums: dict[str, float] = defaultdict(float)
        with self._lock:
            for whom, ms in self._waited_ms.items():
                sums[self._checkout_of_code.get(whom, whom)] += ms
        return sums


def main(pause_s: float) -> None:
    """Answer until the process is ended."""
    saleor = _Saleor()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body of an answer are two writes, which must not wait for each other.
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._send(saleor.waited())

        def do_POST(self) -> None:
            started = time.perf_counter()
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            [operation] = _OPERATION.findall(body["query"])[:1]
            bearer = self.headers["Authorization"].removeprefix("Bearer ")
            whom, data = saleor.answer(operation, body["variables"], bearer)
            # Or all would wait for the same moments, and get into each other's way there.
            time.sleep(pause_s * random.uniform(0.5, 1.5))
            self._send({"data": data})
            saleor.add(whom, (time.perf_counter() - started) * 1000)

        def _send(self, content: Any) -> None:
            data = json.dumps(content).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing: what is measured is not to wait for a terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main(float(sys.argv[1]) / 1000)
