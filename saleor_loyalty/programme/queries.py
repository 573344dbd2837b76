"""Which version of a programme is in force. What was read of a version is never read again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from saleor_loyalty.pages import Page, Window, page
from saleor_loyalty.programme.document import Programme, Version
from saleor_loyalty.programme.models import ProgrammeDraft, ProgrammeVersion

#: Documents that a process keeps: a version never changes. A large one takes a megabyte.
DOCUMENTS_KNOWN_MAX = 512
# What the column cannot hold is nobody's number.
NUMBERS_END = 2**31
_documents: dict[UUID, Programme] = {}
_PLACE = ("id", "number", "effective_from")


class NoProgramme(LookupError):
    """The shop has not published a programme that is in force."""


@dataclass(frozen=True, slots=True)
class Published:
    """A version as staff see it; withdrawn ones too."""

    version: Version
    published_at: datetime
    published_by: str
    note: str
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class Draft:
    """A shop's draft; `document` is None if there is none. It may be any JSON object."""

    document: Any
    revision: int
    edited_at: datetime | None
    edited_by: str


NO_DRAFT = Draft(None, 0, None, "")


def versions(installation_id: UUID) -> Sequence[Version]:
    """Return every version of the shop that is or was or will be in force, the latest first."""
    rows = _standing(installation_id).order_by("-effective_from", "-number")
    return _versions(list(rows.values_list(*_PLACE)))


def begun(installation_id: UUID, at: datetime) -> Sequence[Version]:
    """Return every version of the shop as `versions` does; none before the first is in force."""
    known = versions(installation_id)
    return known if known and known[-1].effective_from <= at else ()


def current(installation_id: UUID, at: datetime) -> Version:
    """Return the version in force at `at`.

    :raises NoProgramme: if none is.
    """
    rows = _standing(installation_id).filter(effective_from__lte=at)
    newest = rows.order_by("-effective_from", "-number").values_list(*_PLACE)[:1]
    if found := _versions(list(newest)):
        return found[0]
    raise NoProgramme(str(installation_id))


def document_of(version_id: UUID) -> Programme:
    """Return what a version says.

    :raises KeyError: if there is no such version.
    """
    return _read([version_id])[version_id]


def published(installation_id: UUID, number: int) -> Published | None:
    """Return one version of the shop, or None if it has no version of that number."""
    if not 0 < number < NUMBERS_END:
        return None
    return next(iter(_published(_of(installation_id).filter(number=number))), None)


def history(installation_id: UUID, window: Window) -> Page[Published]:
    """Return a page of all versions ever published, the latest first."""
    low, high = window.bounds(newest_first=True)
    rows = _of(installation_id).filter(
        Q(published_at__gt=low.at) | Q(published_at=low.at, id__gt=low.id),
        Q(published_at__lt=high.at) | Q(published_at=high.at, id__lt=high.id),
    )
    sign = "-" if window.direction(newest_first=True) == "DESC" else ""
    ordered = rows.order_by(f"{sign}published_at", f"{sign}id")
    return page(_published(ordered[: window.size + 1]), window)


def draft(installation_id: UUID) -> Draft:
    """Return the shop's draft."""
    row = ProgrammeDraft.objects.filter(installation_id=installation_id).first()
    return Draft(row.document, row.revision, row.edited_at, row.edited_by) if row else NO_DRAFT


def _of(installation_id: UUID) -> QuerySet[ProgrammeVersion]:
    return ProgrammeVersion.objects.filter(installation_id=installation_id)


def _standing(installation_id: UUID) -> QuerySet[ProgrammeVersion]:
    return _of(installation_id).filter(withdrawn_at=None)


def _published(rows: QuerySet[ProgrammeVersion]) -> list[Published]:
    found = list(rows.defer("document"))
    known = _versions([(row.id, row.number, row.effective_from) for row in found])
    return [
        Published(version, row.published_at, row.published_by, row.note, row.withdrawn_at)
        for row, version in zip(found, known, strict=True)
    ]


def _versions(places: Sequence[tuple[UUID, int, datetime]]) -> list[Version]:
    """Return versions with their documents; those not known yet are read together."""
    known = _read([key for key, _number, _from in places])
    return [
        Version(key, number, known[key], effective_from) for key, number, effective_from in places
    ]


def _read(keys: Sequence[UUID]) -> dict[UUID, Programme]:
    known = {key: _documents[key] for key in keys if key in _documents}
    if unknown := [key for key in keys if key not in known]:
        rows = ProgrammeVersion.objects.filter(id__in=unknown).values_list("id", "document")
        known |= {key: Programme.model_validate(document) for key, document in rows}
        if len(_documents) + len(unknown) > DOCUMENTS_KNOWN_MAX:
            _documents.clear()
        _documents.update(known)
    return known
