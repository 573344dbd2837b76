"""What the clock does to points: pending ones mature, forgotten ones expire."""

import logging
from collections.abc import Callable, Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from saleor_loyalty.ledger import rules, store
from saleor_loyalty.ledger.book import Book
from saleor_loyalty.ledger.models import Posting
from saleor_loyalty.sql import fetch

logger = logging.getLogger(__name__)

#: The most due lots of one run, which is one transaction.
LOTS_MAX = 500

_TO_MATURE = """
SELECT member_id FROM loyalty_lot WHERE pending > 0 AND matures_at <= %s
ORDER BY matures_at LIMIT %s
"""
_TO_EXPIRE = """
SELECT member_id FROM loyalty_lot
WHERE (pending > 0 OR available > 0) AND expires_at <= %s
ORDER BY expires_at LIMIT %s
"""


def mature(*, at: datetime) -> int:
    """Make due points available, a bounded batch a run; return how many members had any."""

    def rule(book: Book) -> int:
        return rules.mature(book, at=at)

    return _sweep(_TO_MATURE, Posting.Kind.MATURE, {"code": "MATURED"}, rule, at)


def expire(*, at: datetime) -> int:
    """Record expired points, a bounded batch a run; return how many members had any.

    They counted for nothing from the moment they expired, whether this ran or not.
    """

    def rule(book: Book) -> int:
        return rules.expire(book, at=at)

    return _sweep(_TO_EXPIRE, Posting.Kind.EXPIRE, {"code": "EXPIRED"}, rule, at)


Rule = Callable[[Book], int]


def _sweep(due: str, kind: str, reason: dict[str, str], rule: Rule, at: datetime) -> int:
    """Apply the rule to all members who are due at once, or one by one if that fails."""
    members = {row[0] for row in fetch(due, [at, LOTS_MAX])}
    moved = 0
    for some in (members, *({member} for member in sorted(members))):
        try:
            moved += _move(some, kind, reason, rule, at) if some else 0
        except Exception:
            logger.exception("%s of %d members failed", kind, len(some))
            continue
        if some is members:
            break
    return moved


@transaction.atomic
def _move(
    members: Collection[UUID], kind: str, reason: dict[str, str], rule: Rule, at: datetime
) -> int:
    installations = store.lock(members)
    books = store.books_of(members, fetch(store.OPEN_LOTS, [list(members)]))
    key = f"{kind.lower()}:{at.isoformat()}"
    entries = [
        store.Entry(installations[member_id], member_id, kind, key, reason, book.moves, at)
        for member_id, book in books.items()
        # Someone else may have been here while we waited for the lock.
        if rule(book)
    ]
    if entries:
        store.write(entries, books, at=at)
    return len(entries)
