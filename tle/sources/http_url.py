"""Element files at fixed addresses, each named and on an allow-list of hosts.

Addresses may carry secrets, so a query names the address and never spells it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tle.errors import SourceError
from tle.sources.base import Answer, Politeness, Query
from tle.sources.transport import Transport

POLITENESS = Politeness(interval_s=3_600.0)


@dataclass(frozen=True, slots=True)
class HttpUrlSource:
    """Queries of the kind ``url``, whose value is a name in ``urls``.

    ``allowed_hosts`` are exact host names; an address elsewhere is refused when it is configured,
    not when it is fetched.
    """

    urls: Mapping[str, str] = field(repr=False)
    allowed_hosts: frozenset[str]
    transport: Transport = field(default_factory=Transport)
    name: str = "url"
    politeness: Politeness = POLITENESS

    def __post_init__(self) -> None:
        for name, url in self.urls.items():
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https") or parts.hostname not in self.allowed_hosts:
                raise ValueError(
                    f"url {name!r}: host {parts.hostname!r} is not on the list of allowed hosts; "
                    "add it there if it is meant"
                )

    def check(self, query: Query) -> None:
        """Raise ValueError for what is no configured address."""
        if query.kind != "url" or query.value not in self.urls:
            raise ValueError(f"query: {query.key!r} is not url=NAME of a configured address")

    def fetch(self, query: Query) -> Answer:
        """Ask once; any status but 200 and 304 stops the source."""
        self.check(query)
        try:
            answer = self.transport.get(self.urls[query.value])
        except SourceError as error:
            return Answer("failed", str(error))
        if answer.status == 304:
            return Answer("not_modified", "the file has not changed", http_status=304)
        if answer.status != 200:
            return Answer("refused", f"HTTP {answer.status}", http_status=answer.status)
        return Answer("data", "", answer.body, 200)
