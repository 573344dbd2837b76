"""Every text we show exists in every language we promise."""

import gettext
import re
from pathlib import Path

import pytest

import saleor_loyalty

_LOCALE = Path(saleor_loyalty.__file__).parent / "locale"
_LANGUAGES = sorted(path.name for path in _LOCALE.iterdir())
_ENTRY = re.compile(r"^msgid ((?:\".*\"\n)+)", re.MULTILINE)


def test_there_is_french() -> None:
    assert _LANGUAGES == ["fr"]


@pytest.mark.parametrize("language", _LANGUAGES)
def test_what_is_compiled_is_what_is_written_and_nothing_is_missing(language: str) -> None:
    """Change a text, then: django-admin makemessages, translate, django-admin compilemessages."""
    folder = _LOCALE / language / "LC_MESSAGES"
    with (folder / "django.mo").open("rb") as compiled:
        catalogue = gettext.GNUTranslations(compiled)._catalog  # type: ignore[attr-defined]
    texts = {
        "".join(re.findall(r'"(.*)"', entry)).replace(r"\"", '"')
        for entry in _ENTRY.findall((folder / "django.po").read_text())
    }

    # A context stands before its text.
    keys = [key if isinstance(key, str) else key[0] for key in catalogue]
    translated = {key.rpartition("\4")[2] for key in keys}
    assert texts == translated
    assert "#, fuzzy" not in (folder / "django.po").read_text()
    assert len(texts) > 50
