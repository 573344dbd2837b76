"""What members tell of themselves."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from saleor_loyalty.activities.models import MemberProfile

#: Any leap year: a birthday may be the 29th of February.
_LEAP_YEAR = 2024


class NoSuchDay(ValueError):
    """No month has such a day."""


class BirthdayLocked(Exception):
    """The birthday was told already: only staff may change it now."""


@dataclass(frozen=True, slots=True)
class Correction:
    """Who of the staff changes a birthday, and why."""

    staff_id: str
    note: str


def tell_birthday(
    *, installation_id: UUID, member_id: UUID, month: int, day: int, at: datetime
) -> MemberProfile:
    """Keep the birthday a member tells, once; told again the same, it stays.

    :raises NoSuchDay:
    :raises BirthdayLocked: if it was another.
    """
    profile, is_new = MemberProfile.objects.get_or_create(
        member_id=member_id,
        installation_id=installation_id,
        defaults=_birthday(month, day, at) | {"birthday_set_by": MemberProfile.Teller.CUSTOMER},
    )
    if not is_new and (profile.birth_month, profile.birth_day) != (month, day):
        raise BirthdayLocked
    return profile


@transaction.atomic
def correct_birthday(
    *,
    installation_id: UUID,
    member_id: UUID,
    month: int,
    day: int,
    correction: Correction,
    at: datetime,
) -> MemberProfile:
    """Keep the birthday that staff tell of a member. It earns once a year all the same.

    :raises NoSuchDay:
    """
    profile, _ = MemberProfile.objects.update_or_create(
        member_id=member_id,
        installation_id=installation_id,
        defaults=_birthday(month, day, at) | {
            "birthday_set_by": MemberProfile.Teller.STAFF,
            "birthday_note": correction.note,
            "birthday_staff_id": correction.staff_id,
        },
    )  # fmt: skip
    return profile


def _birthday(month: int, day: int, at: datetime) -> dict[str, object]:
    try:
        date(_LEAP_YEAR, month, day)
    except (ValueError, OverflowError) as error:
        raise NoSuchDay(f"{month}-{day}") from error
    return {"birth_month": month, "birth_day": day, "birthday_set_at": at}
