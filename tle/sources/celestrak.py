"""CelesTrak's GP data, asked as its operator wishes: format named, each query at most every 2 h.

Its 403 "not updated since your last successful download" means *not modified*; "No GP data found"
means no such object. Any other answer than 200 stops the source until a person looks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlencode

from tle.errors import SourceError
from tle.sources.base import Answer, Politeness, Query
from tle.sources.transport import HttpAnswer, Transport

BASE_URL = "https://celestrak.org/NORAD/elements/gp.php"
CelestrakFormat = Literal["CSV", "JSON", "XML", "KVN", "TLE", "3LE", "2LE"]

_NOT_UPDATED = re.compile(r"not\s+(?:been\s+)?updated\s+since", re.IGNORECASE)
_NO_DATA = re.compile(r"\s*no gp data found", re.IGNORECASE)
_GROUP = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,40}", re.ASCII)
_NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_KINDS = {"group": ("GROUP", _GROUP), "number": ("CATNR", _NUMBER)}
POLITENESS = Politeness(interval_s=7_200.0, rates=((100, 7_200.0),))


@dataclass(frozen=True, slots=True)
class CelestrakSource:
    """Queries of the kinds ``group`` (resource, weather, ...) and ``number`` (catalogue number).

    OMM CSV by default: the TLE formats leave numbers of 100000 and more out without a word.
    """

    transport: Transport = field(default_factory=Transport)
    base_url: str = BASE_URL
    encoding: CelestrakFormat = "CSV"
    name: str = "celestrak"
    politeness: Politeness = POLITENESS

    def check(self, query: Query) -> None:
        """Raise ValueError for a query that CelesTrak has no words for."""
        _, pattern = _KINDS.get(query.kind, ("", _GROUP))
        if query.kind not in _KINDS or not pattern.fullmatch(query.value):
            raise ValueError(f"query: {query.key!r} is not group=NAME or number=CATALOGUE-NUMBER")

    def fetch(self, query: Query) -> Answer:
        """Ask once."""
        self.check(query)
        keyword, _ = _KINDS[query.kind]
        url = f"{self.base_url}?{urlencode({keyword: query.value, 'FORMAT': self.encoding})}"
        try:
            return _interpret(self.transport.get(url), query)
        except SourceError as error:
            return Answer("failed", str(error))


def _interpret(answer: HttpAnswer, query: Query) -> Answer:
    text = answer.body[:2_000].decode("utf-8", "replace")
    if answer.status in (200, 403) and _NOT_UPDATED.search(text):
        return Answer(
            "not_modified", "nothing newer since the last download", http_status=answer.status
        )
    if answer.status in (200, 404) and _NO_DATA.match(text):
        return Answer("no_data", f"no such object: {query.key}", http_status=answer.status)
    if answer.status != 200:
        return Answer(
            "refused",
            f"HTTP {answer.status}: {answer.text_head or 'no text'}",
            http_status=answer.status,
        )
    return Answer("data", "", answer.body, 200)
