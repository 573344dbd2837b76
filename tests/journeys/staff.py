"""What staff do in a shop: accounts, apps, orders after the purchase, vouchers."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from journeys.conversation import Conversation, Data

INSTALL_SECONDS_MAX = 30.0
POLL_SECONDS = 0.02


class InstallationFailed(Exception):
    """The app could not be installed; the message is what staff see."""


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody logged in."""

    id: str
    email: str
    token: str


def _money(amount: Decimal, currency: str) -> Data:
    return {"amount": float(amount), "currency": currency}


def _reference() -> str:
    return f"journey-{secrets.token_hex(8)}"


def _app_id(state: Data, identifier: str) -> str | None:
    for edge in state["apps"]["edges"]:
        if edge["node"]["identifier"] == identifier:
            return str(edge["node"]["id"])
    return None


class Staff(Conversation):
    """A shop as its staff see it; customers log in through the same door."""

    # People

    def customer(self, email: str, password: str = "password") -> Customer:
        """Log a customer in."""
        session = self.log_in(email, password)
        return Customer(session["user"]["id"], session["user"]["email"], session["token"])

    def new_customer(
        self, email: str | None = None, *, channel: str = "default-channel"
    ) -> Customer:
        """Register somebody, confirm their account, and log them in."""
        email = email or f"journey-{secrets.token_hex(6)}@example.com"
        password = secrets.token_urlsafe(16)
        account = {
            "email": email,
            "password": password,
            "channel": channel,
            "redirectUrl": "http://localhost/confirm",
        }
        self.ask("Register", input=account)
        self.confirm(email)
        return self.customer(email, password)

    def confirm(self, email: str) -> str:
        """Confirm an account as staff can; return the customer's id."""
        user_id: str = self.ask_as_staff("FindUser", email=email)["id"]
        self.ask_as_staff("Confirm", id=user_id)
        return user_id

    def delete_customer(self, user_id: str) -> None:
        """Delete an account; its orders stay."""
        self.ask_as_staff("DeleteCustomer", id=user_id)

    # Apps

    def install(self, manifest_url: str) -> str:
        """Install an app with the permissions of its manifest; return its id.

        :raises InstallationFailed: with the message staff would read.
        """
        manifest = self._http.get(manifest_url).raise_for_status().json()
        asked = {
            "appName": manifest["name"],
            "manifestUrl": manifest_url,
            "permissions": manifest["permissions"],
        }
        installation = self.ask_as_staff("Install", input=asked)["appInstallation"]["id"]
        give_up_at = time.monotonic() + INSTALL_SECONDS_MAX
        while time.monotonic() < give_up_at:
            state = self.ask_as_staff("Installations")
            jobs = [job for job in state["appsInstallations"] if job["id"] == installation]
            if jobs and jobs[0]["status"] == "FAILED":
                self.ask_as_staff("DropInstallation", id=installation)
                raise InstallationFailed(jobs[0]["message"])
            # For a moment, a finished installation is gone before its app is there.
            if not jobs and (app_id := _app_id(state, manifest["id"])):
                return app_id
            time.sleep(POLL_SECONDS)
        raise InstallationFailed(f"Not finished after {INSTALL_SECONDS_MAX} seconds.")

    def uninstall(self, app_id: str) -> None:
        """Remove an app."""
        self.ask_as_staff("Uninstall", id=app_id)

    def staff_token(self, app_id: str) -> str:
        """Return the token that the Dashboard hands to an app for this member of staff."""
        return str(self.ask_as_staff("StaffToken", id=app_id)["accessToken"])

    def allow_unpaid(self, channel: str = "default-channel", *, allow: bool = True) -> None:
        """Let checkouts of a channel be completed before they are paid, or no longer."""
        self.ask_as_staff("AllowUnpaid", id=self._channel(channel), allow=allow)

    def _channel(self, slug: str) -> str:
        channels: Any = self.ask_as_staff("Channels")
        return next(str(each["id"]) for each in channels if each["slug"] == slug)

    def pay(self, target_id: str, amount: Decimal, currency: str) -> str:
        """Charge an amount for a checkout or an order; return the transaction's id."""
        payment = {
            "name": "Journey",
            "pspReference": _reference(),
            "amountCharged": _money(amount, currency),
            "availableActions": ["REFUND"],
        }
        paid = self.ask_as_staff("Pay", id=target_id, transaction=payment)
        return str(paid["transaction"]["id"])

    # Afterwards

    def order(self, order_id: str) -> Data:
        """Return the order as staff see it."""
        return self.ask_as_staff("FindOrder", id=order_id)

    def _transaction(self, order_id: str) -> str:
        return str(self.order(order_id)["transactions"][0]["id"])

    def report(self, order_id: str, kind: str, amount: Decimal, reference: str = "") -> None:
        """Report something about the order's first payment, e.g. CHARGE_BACK."""
        self.ask_as_staff(
            "Report",
            id=self._transaction(order_id),
            type=kind,
            amount=float(amount),
            reference=reference or _reference(),
            actions=["REFUND"],
        )

    def refund(self, order_id: str, amount: Decimal) -> None:
        """Pay money back."""
        self.report(order_id, "REFUND_SUCCESS", amount)

    def fulfil(self, order_id: str, quantities: dict[str, int] | None = None) -> None:
        """Send what is left of an order, or so many pieces by line id."""
        warehouse = self.ask_as_staff("Warehouses")["edges"][0]["node"]["id"]
        lines = self.order(order_id)["lines"]
        left = {line["id"]: line["quantity"] - line["quantityFulfilled"] for line in lines}
        sent = [
            {"orderLineId": line, "stocks": [{"warehouse": warehouse, "quantity": quantity}]}
            for line, quantity in (quantities or left).items()
            if quantity
        ]
        given = {"lines": sent, "notifyCustomer": False, "allowStockToBeExceeded": True}
        self.ask_as_staff("Fulfil", order=order_id, input=given)

    def return_lines(
        self, order_id: str, quantities: dict[str, int] | None = None, *, replace: bool = False
    ) -> None:
        """Take sent pieces back: all of them, or so many by order line id."""
        wanted = dict(quantities) if quantities else None
        back = []
        for fulfillment in self.order(order_id)["fulfillments"]:
            if fulfillment["status"] != "FULFILLED":
                continue
            for line in fulfillment["lines"]:
                limit = wanted.get(line["orderLine"]["id"], 0) if wanted else line["quantity"]
                if quantity := min(limit, line["quantity"]):
                    if wanted:
                        wanted[line["orderLine"]["id"]] -= quantity
                    piece = {"fulfillmentLineId": line["id"], "quantity": quantity}
                    back.append({**piece, "replace": replace})
        self.ask_as_staff("TakeBack", order=order_id, input={"fulfillmentLines": back})

    def grant_refund(self, order_id: str, amount: Decimal) -> None:
        """Promise money back, without paying it."""
        given: Data = {
            "amount": float(amount),
            "reason": "journey",
            "transactionId": self._transaction(order_id),
        }
        if page := self._refund_reason():
            given["reasonReference"] = page
        self.ask_as_staff("Grant", id=order_id, input=given)

    def _refund_reason(self) -> str | None:
        # Some shops want a page that names the reason.
        kind = self.ask_as_staff("RefundReasons")["reasonReferenceType"]
        if kind is None:
            return None
        pages = self.ask_as_staff("ReasonPages", types=[kind["id"]])["edges"]
        return str(pages[0]["node"]["id"])

    def cancel(self, order_id: str) -> None:
        """Cancel an order."""
        self.ask_as_staff("Cancel", id=order_id)

    def mark_as_paid(self, order_id: str) -> None:
        """Book an order as paid by other means."""
        self.ask_as_staff("MarkPaid", id=order_id)

    # Vouchers and promotions

    def new_voucher(
        self, code: str, *, value: Decimal, channel: str = "default-channel", **more: Any
    ) -> str:
        """Create a voucher for a whole order with one code; return its id."""
        given = {
            "name": f"Journey {code}",
            "type": "ENTIRE_ORDER",
            "discountValueType": "FIXED",
            "addCodes": [code],
            "startDate": datetime(2026, 1, 1, tzinfo=UTC).isoformat(),
            **more,
        }
        voucher_id: str = self.ask_as_staff("NewVoucher", input=given)["voucher"]["id"]
        listing = {"channelId": self._channel(channel), "discountValue": float(value)}
        listed = {"addChannels": [listing]}
        self.ask_as_staff("ListVoucher", id=voucher_id, input=listed)
        return voucher_id

    def drop_voucher(self, voucher_id: str) -> None:
        """Delete a voucher and its codes."""
        self.ask_as_staff("DropVoucher", id=voucher_id)

    @contextmanager
    def promotion(self, percent: int, *, minimum: int) -> Iterator[None]:
        """Take percents off every order from so much on, until the end of the block."""
        rule = {
            "name": "Journey",
            "channels": [self._channel("default-channel")],
            "orderPredicate": {
                "discountedObjectPredicate": {"baseSubtotalPrice": {"range": {"gte": minimum}}}
            },
            "rewardType": "SUBTOTAL_DISCOUNT",
            "rewardValueType": "PERCENTAGE",
            "rewardValue": percent,
        }
        given = {"name": "Journey", "type": "ORDER", "rules": [rule]}
        made = self.ask_as_staff("Promote", input=given)["promotion"]
        try:
            yield
        finally:
            self.ask_as_staff("EndPromotion", id=made["id"])
