"""Writing at a programme, and publishing it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext

from saleor_loyalty.installations.models import Installation
from saleor_loyalty.programme import queries
from saleor_loyalty.programme.checks.pieces import Piece
from saleor_loyalty.programme.checks.reading import plain
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.models import NOTE_CHARACTERS_MAX, ProgrammeDraft, ProgrammeVersion
from saleor_loyalty.programme.queries import Draft
from saleor_loyalty.programme.validation import Invalid, check

__all__ = [
    "DraftChanged",
    "InThePast",
    "Invalid",
    "NoDraft",
    "NoSuchVersion",
    "NotWithdrawable",
    "discard_draft",
    "edit_draft",
    "publish",
    "publish_draft",
    "roll_back",
    "withdraw",
]


class DraftChanged(Exception):
    """Somebody else has written at the draft since it was read; `revision` is the one there is."""

    def __init__(self, revision: int) -> None:
        super().__init__(gettext("Read the draft again: somebody else has changed it."))
        self.revision = revision


class NoDraft(LookupError):
    """There is no draft to publish."""

    def __init__(self) -> None:
        super().__init__(gettext("Write a draft first: there is none."))


class InThePast(ValueError):
    """A version cannot take effect before it is published."""

    def __init__(self) -> None:
        super().__init__(gettext("Choose a moment to come: what has happened is not changed."))


class NoSuchVersion(LookupError):
    """The shop has no version of that number."""

    def __init__(self, number: int) -> None:
        message = gettext("Choose one of the versions: there is no version %(number)s.")
        super().__init__(message % {"number": number})


class NotWithdrawable(Exception):
    """The version is in force already, or was, or has been withdrawn before."""


@transaction.atomic
def edit_draft(
    *,
    installation_id: UUID,
    document: Mapping[str, Any],
    revision: int | None,
    at: datetime,
    by: str = "",
) -> Draft:
    """Keep `document` as the shop's draft; it may be wrong still.

    :param revision: of the draft that was read before, 0 if there never was one; None replaces
        whatever there is.
    :raises DraftChanged:
    :raises Invalid: if it is no object of plain JSON, which nothing could keep.
    """
    kept, problems = plain(document)
    if not isinstance(kept, dict):
        problems = [Piece(None).problem("NOT_AN_OBJECT", gettext("Write an object: {…}."))]
    if problems:
        raise Invalid(problems)
    return _write_draft(installation_id, kept, revision, at, by)


@transaction.atomic
def discard_draft(
    *, installation_id: UUID, revision: int | None, at: datetime, by: str = ""
) -> Draft:
    """Throw the draft away.

    :raises DraftChanged:
    """
    return _write_draft(installation_id, None, revision, at, by)


@transaction.atomic
def publish(
    *,
    installation_id: UUID,
    document: Programme,
    at: datetime,
    effective_from: datetime | None = None,
    by: str = "",
    note: str = "",
) -> ProgrammeVersion:
    """Publish `document` as the shop's next version, in force from `effective_from` (or at once).

    Orders placed before keep the version they were earned under.

    :raises Invalid: if the document contradicts itself.
    :raises InThePast:
    """
    return _publish(
        installation_id, document.model_dump(mode="json"), effective_from, at=at, by=by, note=note
    )


@transaction.atomic
def publish_draft(
    *,
    installation_id: UUID,
    revision: int | None,
    at: datetime,
    effective_from: datetime | None = None,
    by: str = "",
    note: str = "",
) -> ProgrammeVersion:
    """Publish the draft, after which there is none.

    :raises NoDraft:
    :raises DraftChanged: if it is not the one of `revision` any more.
    :raises Invalid:
    :raises InThePast:
    """
    # Before the draft is read, so that what is published is what was checked.
    _lock(installation_id)
    document = queries.draft(installation_id).document
    _write_draft(installation_id, None, revision, at, by)
    if document is None:
        raise NoDraft
    return _publish(installation_id, document, effective_from, at=at, by=by, note=note)


@transaction.atomic
def roll_back(
    *,
    installation_id: UUID,
    number: int,
    at: datetime,
    effective_from: datetime | None = None,
    by: str = "",
    note: str = "",
) -> ProgrammeVersion:
    """Publish the document of an older version again, as a new version.

    :raises NoSuchVersion:
    :raises InThePast:
    :raises Invalid: if it was published when less was checked.
    """
    older = queries.published(installation_id, number)
    if older is None:
        raise NoSuchVersion(number)
    return publish(
        installation_id=installation_id,
        document=older.version.document,
        effective_from=effective_from,
        at=at,
        by=by,
        note=note or gettext("Version %(number)s again") % {"number": number},
    )


@transaction.atomic
def withdraw(*, installation_id: UUID, number: int, at: datetime) -> None:
    """Withdraw a version that is not in force yet: it never will be.

    :raises NoSuchVersion:
    :raises NotWithdrawable:
    """
    _lock(installation_id)
    found = queries.published(installation_id, number)
    if found is None:
        raise NoSuchVersion(number)
    if found.withdrawn_at:
        raise NotWithdrawable(gettext("Nothing is left to do: it was withdrawn before."))
    if found.version.effective_from <= at:
        message = gettext("Publish another version instead: this one is in force, or was.")
        raise NotWithdrawable(message)
    ProgrammeVersion.objects.filter(pk=found.version.id).update(withdrawn_at=at)


def _publish(
    installation_id: UUID,
    document: Mapping[str, Any],
    effective_from: datetime | None,
    *,
    at: datetime,
    by: str,
    note: str,
) -> ProgrammeVersion:
    effective_from = effective_from or at
    if effective_from < at:
        raise InThePast
    checked = check(document, at=effective_from)
    if checked.programme is None:
        raise Invalid(checked.errors)
    _lock(installation_id)
    return ProgrammeVersion.objects.create(
        installation_id=installation_id,
        number=1 + ProgrammeVersion.objects.filter(installation_id=installation_id).count(),
        document=checked.programme.model_dump(mode="json"),
        effective_from=effective_from,
        published_at=at,
        published_by=by,
        note=note[:NOTE_CHARACTERS_MAX],
    )


def _write_draft(
    installation_id: UUID, document: Any, revision: int | None, at: datetime, by: str
) -> Draft:
    _lock(installation_id)
    known = queries.draft(installation_id)
    if revision is not None and revision != known.revision:
        raise DraftChanged(known.revision)
    ProgrammeDraft.objects.update_or_create(
        installation_id=installation_id,
        defaults={
            "document": document,
            "revision": known.revision + 1,
            "edited_at": at,
            "edited_by": by,
        },
    )
    return queries.draft(installation_id)


def _lock(installation_id: UUID) -> None:
    """Let one at a time write at the shop's programme: versions are numbered one by one."""
    Installation.objects.select_for_update(no_key=True).get(pk=installation_id)
