"""Publishing a programme."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from saleor_loyalty.installations.models import Installation
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.models import ProgrammeVersion


@transaction.atomic
def publish(*, installation_id: UUID, document: Programme, at: datetime) -> ProgrammeVersion:
    """Publish `document` as the shop's next version, in force from `at`.

    Orders placed before keep the version they were earned under.
    """
    # The lock numbers versions one after the other.
    Installation.objects.select_for_update(no_key=True).get(pk=installation_id)
    return ProgrammeVersion.objects.create(
        installation_id=installation_id,
        number=1 + ProgrammeVersion.objects.filter(installation_id=installation_id).count(),
        document=document.model_dump(mode="json"),
        effective_from=at,
        published_at=at,
    )
