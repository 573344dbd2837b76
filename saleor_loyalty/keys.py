"""Primary keys: time-ordered for rows we make, derived for people we recognise."""

from datetime import datetime
from uuid import UUID, uuid5

from uuid_utils.compat import uuid7

__all__ = ["earliest_key", "member_key", "new_key"]


def new_key() -> UUID:
    """Return a UUIDv7: unique without a sequence, and close to its neighbours in an index."""
    return uuid7()


def member_key(installation_id: UUID, saleor_user_id: str) -> UUID:
    """Return the key of a shop's customer, the same on every machine that works it out."""
    return uuid5(installation_id, saleor_user_id)


def earliest_key(at: datetime) -> UUID:
    """Return a key below every one that `new_key` makes from `at` on."""
    milliseconds = int(at.timestamp() * 1000)
    return UUID(int=milliseconds << 80)
