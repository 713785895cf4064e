"""The page's languages: which one a visitor gets, and the words in it.

The catalogues are gettext ``.po`` files in ``locales/``, read as they are: no build step.
"""

from __future__ import annotations

import gettext
import io
from dataclasses import dataclass
from functools import cache
from importlib import resources

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = {"en": "English", "kk": "Қазақша", "ru": "Русский", "zh": "中文"}
SOURCE_LANGUAGE = "en"
LANGUAGE_COOKIE = "aspan_language"


@dataclass(frozen=True, slots=True)
class Preference:
    """What a visitor asked for: in the address, in a cookie, by the browser's header."""

    query: str | None = None
    cookie: str | None = None
    accept_header: str = ""


def choose_language(preference: Preference) -> str:
    """Return the first language we have: address, then cookie, then the browser's own order."""
    for code in (preference.query, preference.cookie, *_read_header(preference.accept_header)):
        if code and code.split("-")[0].lower() in LANGUAGES:
            return code.split("-")[0].lower()
    return SOURCE_LANGUAGE


@cache
def read_translations(language: str) -> gettext.NullTranslations:
    """Read the catalogue of a language; English needs none."""
    if language == SOURCE_LANGUAGE:
        return gettext.NullTranslations()
    source = resources.files("app.web").joinpath("locales", f"{language}.po").read_bytes()
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(source), locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _read_header(text: str) -> list[str]:
    """List the languages of an Accept-Language header (RFC 9110, 12.5.4), most wanted first."""
    wanted: list[tuple[float, str]] = []
    for part in text.split(",")[:20]:
        code, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        if code and weight > 0:
            wanted.append((-weight, code))
    return [code for _, code in sorted(wanted, key=lambda item: item[0])]
