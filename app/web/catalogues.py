"""Bring the ``.po`` files up to date with the words in the code: ``python -m app.web.catalogues``.

New messages come in empty, vanished ones go; what translators wrote stays.
"""

from __future__ import annotations

import io
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from app.web.languages import LANGUAGES, SOURCE_LANGUAGE
from scheduler.explanations.resource_sentences import RESOURCE_TEXTS
from scheduler.explanations.sentences import TEXTS
from scheduler.reasons import REASONS

FOLDER = Path(__file__).parent
_KEYWORDS = {"_": None, "gettext": None, "say": None, "ngettext": (1, 2)}

_TABLES = (
    ("scheduler/reasons.py", REASONS),
    ("scheduler/explanations/sentences.py", TEXTS),
    ("scheduler/explanations/resource_sentences.py", RESOURCE_TEXTS),
)


def extract_messages() -> Catalog:
    """Collect every message of the templates and modules here, and the sentences of tags."""
    catalog = Catalog(project="aspan", charset="utf-8")
    found = extract_from_dir(
        FOLDER, method_map=[("**.py", "python"), ("**.html", "jinja2")], keywords=_KEYWORDS
    )
    for file_name, _line, message, _comments, context in sorted(
        found, key=lambda item: (item[0], item[1])
    ):
        catalog.add(message, locations=[(file_name, 0)], context=context)
    for module, sentences in _TABLES:
        for sentence in sentences.values():
            catalog.add(sentence, locations=[(module, 0)])
    return catalog


def read_catalogue(language: str) -> Catalog:
    """Read one language's file as translators keep it."""
    return read_po(io.BytesIO(path_of(language).read_bytes()), locale=language)


def path_of(language: str) -> Path:
    """Return the file of a language."""
    return FOLDER / "locales" / f"{language}.po"


def update_all() -> None:
    """Rewrite the file of every language but English."""
    template = extract_messages()
    for language in LANGUAGES:
        if language == SOURCE_LANGUAGE:
            continue
        catalogue = (
            read_catalogue(language)
            if path_of(language).exists()
            else Catalog(locale=language, project="aspan", charset="utf-8")
        )
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        with path_of(language).open("wb") as stream:
            write_po(stream, catalogue, width=100, include_lineno=False, omit_header=False)


if __name__ == "__main__":
    update_all()
