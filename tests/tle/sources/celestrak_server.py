"""A server on loopback that answers as CelesTrak's gp.php does.

    python -m tests.tle.sources.celestrak_server FILE [PORT]

Formats by FORMAT (CSV when it is missing); the TLE formats leave out numbers of 100000 and more
without a word; a query whose data have not changed since its last download gets 403 with the text;
an unknown object or group gets 404 "No GP data found"; the old path gets 301. After 20 queries that
were not answered with data the address is blocked: 403 with another text.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.tle.element_builders import csv_text, kvn_text, xml_text
from tle.elements import ElementSet
from tle.omm_format import write_omm_json
from tle.reading import read_elements
from tle.tle_format import write_tle

NOT_UPDATED = (
    "GP data has not updated since your last successful\ndownload of {query} at {at} UTC.\n"
    "Data is updated once every 2 hours.\n"
)
MAX_BAD_QUERIES = 20


def write_lines(sets: Sequence[ElementSet], names: str) -> str:
    out = []
    for elements in sets:
        if (elements.norad_cat_id or 0) >= 100_000:
            continue
        name = {"TLE": [elements.name.ljust(24)], "3LE": [f"0 {elements.name}"], "2LE": []}[names]
        out += [*name, *write_tle(elements)]
    return "".join(f"{line}\r\n" for line in out)


FORMATS = {
    "CSV": lambda sets: csv_text(*sets),
    "JSON": write_omm_json,
    "KVN": lambda sets: kvn_text(*sets),
    "XML": lambda sets: xml_text(*sets),
    "TLE": lambda sets: write_lines(sets, "TLE"),
    "3LE": lambda sets: write_lines(sets, "3LE"),
    "2LE": lambda sets: write_lines(sets, "2LE"),
}


class CelestrakServer:
    """Serve ``groups`` of sets; ``update()`` makes the data new for every query."""

    def __init__(self, groups: dict[str, Sequence[ElementSet]], *, port: int = 0) -> None:
        self.groups = groups
        self.downloads: dict[str, float] = {}
        self.requests: list[str] = []
        self.bad_queries = 0
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, text = owner.answer(self.path)
                body = text.encode()
                self.send_response(status)
                if status == 301:
                    self.send_header("Location", "https://celestrak.org/")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Keep quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/NORAD/elements/gp.php"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def update(self, groups: dict[str, Sequence[ElementSet]] | None = None) -> None:
        self.groups = groups if groups is not None else self.groups
        self.downloads.clear()

    def answer(self, path: str) -> tuple[int, str]:
        self.requests.append(path)
        parts = urlsplit(path)
        if self.bad_queries >= MAX_BAD_QUERIES:
            return 403, "Your IP address has been blocked for excessive bad queries."
        if parts.path != "/NORAD/elements/gp.php":
            return self._refuse(301, "")
        fields = {key: values[0] for key, values in parse_qs(parts.query).items()}
        encoding = fields.pop("FORMAT", "CSV")
        if len(fields) != 1 or encoding not in FORMATS:
            return self._refuse(200, "Invalid query")
        (keyword, value), *_ = fields.items()
        sets = self._find(keyword, value)
        if not sets:
            return self._refuse(404, "No GP data found")
        query = f"{keyword}={value}"
        if query in self.downloads:
            at = datetime.fromtimestamp(self.downloads[query], UTC)
            text = NOT_UPDATED.format(query=query, at=f"{at:%Y-%m-%d %H:%M:%S}")
            return self._refuse(403, text)
        self.downloads[query] = time.time()
        return 200, FORMATS[encoding](sets)

    def _find(self, keyword: str, value: str) -> Sequence[ElementSet]:
        if keyword == "GROUP":
            return self.groups.get(value.lower(), ())
        if keyword == "CATNR":
            known = {e.norad_cat_id: e for sets in self.groups.values() for e in sets}
            return [known[int(value)]] if value.isdigit() and int(value) in known else ()
        return ()

    def _refuse(self, status: int, text: str) -> tuple[int, str]:
        self.bad_queries += 1
        return status, text


def main() -> None:
    result = read_elements(
        Path(sys.argv[1]).read_bytes(), source="file", received_utc=datetime.now(UTC)
    )
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    half = len(result.sets) // 2
    groups = {"active": result.sets, "resource": result.sets[:half], "weather": result.sets[half:]}
    server = CelestrakServer(groups, port=port)
    print(server.url, flush=True)
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    main()
