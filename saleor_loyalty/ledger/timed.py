"""What the clock does to points: pending ones mature, forgotten ones expire."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from saleor_loyalty.ledger import rules, store
from saleor_loyalty.ledger.book import Book
from saleor_loyalty.ledger.models import Posting
from saleor_loyalty.sql import fetch

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


@transaction.atomic
def _sweep(
    due: str, kind: str, reason: dict[str, str], rule: Callable[[Book], int], at: datetime
) -> int:
    members = {row[0] for row in fetch(due, [at, LOTS_MAX])}
    if not members:
        return 0
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
