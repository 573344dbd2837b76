"""What mutations refuse alike: keys, notes and members that cannot be used."""

import re
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.utils.translation import gettext

from saleor_loyalty.entrypoints.api.context import Context
from saleor_loyalty.entrypoints.api.scalars import from_global_id
from saleor_loyalty.members.queries import member

NOTE_CHARACTERS_MAX = 500
# Printable, without anything a database or a log could stumble over.
_KEY = re.compile(r"[\x21-\x7e]{1,80}")


class Refused(Exception):
    """The input cannot be used: a code of the mutation's own, the field, and what to do."""

    def __init__(self, code: StrEnum, field: str, message: str) -> None:
        super().__init__(message)
        self.code, self.field, self.message = code, field, message

    @property
    def answer(self) -> dict[str, Any]:
        """Return the mutation's payload."""
        return {"errors": [{"field": self.field, "message": self.message, "code": self.code}]}


def check_key(key: str, *, invalid: StrEnum) -> None:
    """Refuse an idempotency key that cannot be kept.

    :raises Refused: with the code `invalid`.
    """
    if not _KEY.fullmatch(key):
        message = gettext("Write up to 80 letters, digits and signs.")
        raise Refused(invalid, "idempotencyKey", message)


def check_note(note: str, *, invalid: StrEnum) -> None:
    """Refuse a note that says nothing, too much, or no text.

    :raises Refused: with the code `invalid`.
    """
    if not note.strip() or len(note) > NOTE_CHARACTERS_MAX:
        message = gettext("Write why, in up to %(most)s characters.")
        raise Refused(invalid, "note", message % {"most": NOTE_CHARACTERS_MAX})
    if "\0" in note:
        raise Refused(invalid, "note", gettext("Write plain text."))


def member_of_shop(context: Context, member_id: str, *, unknown: StrEnum) -> UUID:
    """Return the key of the shop's member with this global id.

    :raises Refused: with the code `unknown`.
    """
    key = from_global_id("Member", member_id)
    if key is None or member(context.shop.id, key) is None:
        raise Refused(unknown, "memberId", gettext("Choose a member of this shop."))
    return key
