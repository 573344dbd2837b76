"""What a member reads of a notice, in the language that is active."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext, override

from saleor_loyalty.notices import rules
from saleor_loyalty.programme.document import Programme

#: The languages of our sentences; others read the first.
LANGUAGES = ("en", "fr")


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail, without its address."""

    language: str
    subject: str
    text: str
    html: str


def sentence(points: int, expires_on: date, programme: Programme) -> str:
    """Return what will happen, as plain text. It may hold anything the merchant calls points:
    whoever shows it escapes it.
    """
    message = ngettext(
        "%(points)s %(unit)s expires on %(date)s.",
        "%(points)s %(unit)s expire on %(date)s.",
        points,
    )
    return message % _parameters(points, expires_on, programme)


def letter(
    expiring: Sequence[tuple[int, datetime]], programme: Programme, *, language: str
) -> Letter:
    """Return the e-mail that announces so many points to expire at these moments.

    :param language: the member's, such as `fr` or `fr-ca`.
    """
    spoken = language.partition("-")[0]
    with override(spoken if spoken in LANGUAGES else LANGUAGES[0]):
        days: dict[date, int] = {}
        for points, expires_at in sorted(expiring, key=lambda each: each[1]):
            day = rules.day_of(expires_at, rules.zone_of(programme))
            days[day] = days.get(day, 0) + points
        return _letter(days, programme)


def _letter(days: dict[date, int], programme: Programme) -> Letter:
    """Write about points by the day on which they expire, the soonest first."""
    soonest, points = next(iter(days.items()))
    subject = ngettext(
        "%(points)s %(unit)s expires on %(date)s",
        "%(points)s %(unit)s expire on %(date)s",
        points,
    ) % _parameters(points, soonest, programme)
    greeting = gettext("Hello,")
    lines = [sentence(points, day, programme) for day, points in days.items()]
    advice = gettext("Use them before then. Until that day they stay yours.")
    signature = programme.name
    return Letter(
        language=get_language() or LANGUAGES[0],
        # A line break in a name must not begin another header.
        subject=" ".join(subject.split()),
        text="\n\n".join([greeting, "\n".join(lines), advice, signature]) + "\n",
        html=_page(subject, greeting, lines, advice, signature),
    )


def _page(
    title: str, greeting: str, lines: Sequence[str], advice: str, signature: str
) -> SafeString:
    return format_html(
        '<!doctype html><html lang="{}"><head><meta charset="utf-8"><title>{}</title></head>'
        "<body><p>{}</p><p>{}</p><p>{}</p><p>{}</p></body></html>",
        get_language(),
        title,
        greeting,
        format_html_join("", "<strong>{}</strong><br>", ([line] for line in lines)),
        advice,
        signature,
    )


def _parameters(points: int, day: date, programme: Programme) -> dict[str, object]:
    return {
        "points": points,
        "unit": _unit(points, programme),
        "date": date_format(day, "DATE_FORMAT"),
    }


def _unit(points: int, programme: Programme) -> str:
    """Return what the shop calls so many points, in the language that is active."""
    language = get_language() or ""
    translations = programme.unit.translations
    name = translations.get(language) or translations.get(language.partition("-")[0])
    name = name or programme.unit
    return name.one if points == 1 else name.many
