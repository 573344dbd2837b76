"""Birthdays, anniversaries and surprises: activities nobody tells us of, written in batches.

A batch takes members nobody else is at work on, so that several workers share the work; what a
killed worker did not finish, the next run finds again.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from saleor_loyalty.activities import rules
from saleor_loyalty.activities.models import Handout
from saleor_loyalty.activities.operations import ANNIVERSARY, BIRTHDAY, Deed, record_all
from saleor_loyalty.activities.rules import Day, DueSurprise
from saleor_loyalty.campaigns.rules import SURPRISE
from saleor_loyalty.members.rules import MEMBERSHIP
from saleor_loyalty.programme.queries import versions as versions_of
from saleor_loyalty.sql import as_json, fetch

#: The most members in one transaction.
BATCH_MAX = 200

_NOT_YET = """
NOT EXISTS (SELECT FROM loyalty_activity AS done
            WHERE done.member_id = member.id AND done.event = %s AND done.reference = due.reference)
ORDER BY member.id LIMIT %s FOR NO KEY UPDATE OF member SKIP LOCKED
"""
_BIRTHDAYS = f"""
SELECT member.id, due.reference, due.at
FROM jsonb_to_recordset(%s::jsonb)
     AS due(month int, day int, reference text, at timestamptz)
JOIN loyalty_memberprofile AS profile
  ON profile.installation_id = %s AND profile.birth_month = due.month
 AND profile.birth_day = due.day AND profile.birthday_set_at < due.at
JOIN loyalty_member AS member ON member.id = profile.member_id
WHERE {_NOT_YET}
"""  # noqa: S608
_ANNIVERSARIES = f"""
SELECT member.id, due.reference, due.at
FROM jsonb_to_recordset(%s::jsonb)
     AS due(since timestamptz, until timestamptz, reference text, at timestamptz)
JOIN loyalty_member AS member
  ON member.installation_id = %s AND member.joined_at >= due.since AND member.joined_at < due.until
WHERE {_NOT_YET}
"""  # noqa: S608
_AUDIENCE = """
SELECT member.id FROM loyalty_member AS member
WHERE member.installation_id = %s AND member.id > %s AND member.joined_at <= %s
  AND (cardinality(%s::text[]) = 0 OR member.tier = ANY(%s))
  AND (cardinality(%s::text[]) = 0 OR EXISTS (
      SELECT FROM unnest(%s::text[]) AS segment(key)
      CROSS JOIN LATERAL (
          SELECT value FROM loyalty_memberfact
          WHERE member_id = member.id AND key = segment.key AND at <= %s
          ORDER BY at DESC, id DESC LIMIT 1
      ) AS latest
      WHERE latest.value <> 0) OR EXISTS (
      SELECT FROM loyalty_paidmembership AS paid
      WHERE paid.member_id = member.id AND (paid.segment = ANY(%s) OR %s = ANY(%s))
        AND paid.from_at <= %s AND (paid.until IS NULL OR paid.until > %s)))
ORDER BY member.id LIMIT %s FOR NO KEY UPDATE
"""
_NOBODY = UUID(int=0)


@transaction.atomic
def birthdays_due(*, installation_id: UUID, at: datetime) -> set[UUID]:
    """Record birthdays of at most BATCH_MAX members; return whose. Nobody: all is done."""
    return _days_due(installation_id, BIRTHDAY, _BIRTHDAYS, _birthdays, at)


@transaction.atomic
def anniversaries_due(*, installation_id: UUID, at: datetime) -> set[UUID]:
    """Record anniversaries of at most BATCH_MAX members; return whose. Nobody: all is done."""
    return _days_due(installation_id, ANNIVERSARY, _ANNIVERSARIES, _anniversaries, at)


@transaction.atomic
def surprises_due(*, installation_id: UUID, at: datetime) -> set[UUID]:
    """Record a surprise of at most BATCH_MAX members; return whose. Nobody: all is done."""
    for surprise in rules.surprises_due(versions_of(installation_id), at=at):
        if surprised := _hand_out(installation_id, surprise, at):
            return surprised
    return set()


def _days_due(
    installation_id: UUID,
    event: str,
    query: str,
    rows: Callable[[Day], Sequence[dict[str, Any]]],
    at: datetime,
) -> set[UUID]:
    days = rules.days_due(event, versions_of(installation_id), at=at)
    if not days:
        return set()
    due = as_json(
        [{"reference": day.reference, "at": day.at} | row for day in days for row in rows(day)]
    )
    found = fetch(query, [due, installation_id, event, BATCH_MAX])
    deeds = [Deed(member_id, event, reference, day_at) for member_id, reference, day_at in found]
    record_all(installation_id=installation_id, deeds=deeds, at=at)
    return {deed.member_id for deed in deeds}


def _birthdays(day: Day) -> list[dict[str, Any]]:
    return [{"month": month, "day": number} for month, number in rules.birthdays_on(day.date)]


def _anniversaries(day: Day) -> list[dict[str, Any]]:
    return [{"since": since, "until": until} for since, until in rules.joined_on(day)]


def _hand_out(installation_id: UUID, surprise: DueSurprise, at: datetime) -> set[UUID]:
    """Go on handing out a surprise where the last batch stopped, unless somebody else does."""
    key = surprise.campaign.id
    Handout.objects.bulk_create(
        [Handout(installation_id=installation_id, campaign=key)], ignore_conflicts=True
    )
    handout = (
        Handout.objects.select_for_update(skip_locked=True)
        .filter(installation_id=installation_id, campaign=key, is_finished=False)
        .first()
    )
    if handout is None:
        return set()
    members = _audience(installation_id, surprise, after=handout.reached or _NOBODY)
    deeds = [Deed(member_id, SURPRISE, key, surprise.at) for member_id in members]
    record_all(installation_id=installation_id, deeds=deeds, at=at)
    handout.reached = members[-1] if members else handout.reached
    handout.is_finished = len(members) < BATCH_MAX
    handout.save(update_fields=["reached", "is_finished"])
    return set(members)


def _audience(installation_id: UUID, surprise: DueSurprise, *, after: UUID) -> list[UUID]:
    tiers, segments = (
        list(surprise.campaign.audience.tiers),
        list(surprise.campaign.audience.segments),
    )
    found = fetch(
        _AUDIENCE,
        [
            installation_id,
            after,
            surprise.at,
            tiers,
            tiers,
            segments,
            segments,
            surprise.at,
            segments,
            MEMBERSHIP,
            segments,
            surprise.at,
            surprise.at,
            BATCH_MAX,
        ],
    )
    return [member_id for (member_id,) in found]
