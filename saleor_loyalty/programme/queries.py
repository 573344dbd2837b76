"""Which version of a programme is in force."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from saleor_loyalty.programme.document import Programme, Version
from saleor_loyalty.programme.models import ProgrammeVersion


class NoProgramme(LookupError):
    """The shop has not published a programme that is in force."""


def versions(installation_id: UUID) -> Sequence[Version]:
    """Return every published version of the shop, the latest to take effect first."""
    rows = ProgrammeVersion.objects.filter(installation_id=installation_id)
    return [_version(row) for row in rows.order_by("-effective_from", "-number")]


def current(installation_id: UUID, at: datetime) -> Version:
    """Return the version in force at `at`.

    :raises NoProgramme: if none is.
    """
    rows = ProgrammeVersion.objects.filter(installation_id=installation_id, effective_from__lte=at)
    row = rows.order_by("-effective_from", "-number").first()
    if row is None:
        raise NoProgramme(str(installation_id))
    return _version(row)


def _version(row: ProgrammeVersion) -> Version:
    document = Programme.model_validate(row.document)
    return Version(row.id, row.number, document, row.effective_from)
