"""Tiny builders of element sets and of their texts, and a sink that keeps its memory in a file."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from tle.elements import ElementSet
from tle.omm_format import write_omm_csv
from tle.refresh import Decision, Outcome
from tle.sources.base import Query, QueryMemory, SourceMemory
from tle.tle_format import compute_checksum, write_tle

EPOCH = datetime(2026, 9, 6, 4, 52, 43, 231296, tzinfo=UTC)
RECEIVED = datetime(2026, 9, 6, 12, tzinfo=UTC)


def make_elements(**changes) -> ElementSet:
    """Make a set of a circular sun-synchronous satellite; name any field to change it."""
    elements = ElementSet(
        name="TESTSAT 1",
        norad_cat_id=39731,
        object_id="2014-024A",
        epoch_utc=EPOCH,
        mean_motion_rev_day=14.42061184,
        eccentricity=0.0001389,
        inclination_deg=98.3142,
        raan_deg=319.6057,
        arg_perigee_deg=95.1528,
        mean_anomaly_deg=264.9821,
        bstar=-3.8737e-06,
        mean_motion_dot=-5.5e-07,
        mean_motion_ddot=0.0,
        source="test",
        received_utc=RECEIVED,
        element_set_no=999,
        rev_at_epoch=65023,
    )
    return replace(elements, **changes)


def tle_lines(**changes) -> tuple[str, str]:
    return write_tle(make_elements(**changes))


def with_checksum(line: str) -> str:
    """Mend the checksum of a line that a test has damaged on purpose elsewhere."""
    return line[:68] + str(compute_checksum(line))


def patch_line(line: str, first_column: int, text: str) -> str:
    """Overwrite columns, counted from 1, and mend the checksum."""
    return with_checksum(line[: first_column - 1] + text + line[first_column - 1 + len(text) :])


def csv_text(*sets: ElementSet) -> str:
    return write_omm_csv(sets or (make_elements(),))


def patch_csv(keyword: str, value: str) -> str:
    """Write one good record as CSV with one cell replaced."""
    header, row, *_ = csv_text().split("\r\n")
    cells = row.split(",")
    cells[header.split(",").index(keyword)] = value
    return f"{header}\r\n{','.join(cells)}\r\n"


KVN_HEAD = "CCSDS_OMM_VERS = 2.0\nCREATION_DATE = 2026-09-06T12:00:00\nORIGINATOR = TEST\n"


def fields_of(elements: ElementSet) -> dict[str, str]:
    header, row, *_ = csv_text(elements).split("\r\n")
    return dict(zip(header.split(","), row.split(","), strict=True))


def kvn_text(*sets: ElementSet) -> str:
    return "".join(
        KVN_HEAD + "".join(f"{key} = {value}\n" for key, value in fields_of(elements).items())
        for elements in sets or (make_elements(),)
    )


def xml_text(*sets: ElementSet) -> str:
    def write(elements):
        fields = fields_of(elements)
        meta = "".join(f"<{k}>{fields[k]}</{k}>\n" for k in ("OBJECT_NAME", "OBJECT_ID"))
        rest = "".join(f"<{k}>{v}</{k}>\n" for k, v in fields.items() if not k.startswith("OBJECT"))
        return (
            '<omm id="CCSDS_OMM_VERS" version="2.0">\n<header/>\n<body><segment>'
            f"<metadata>{meta}</metadata><data>{rest}</data></segment></body></omm>\n"
        )

    return f"<ndm>\n{''.join(map(write, sets or (make_elements(),)))}</ndm>\n"


class FileSink:
    """A refresh sink in one JSON file: every call reads it and writes it, as a restart would."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sets: dict[str, ElementSet] = {}  # by fingerprint; quarantined ones are kept apart
        self.quarantined: dict[str, ElementSet] = {}
        self.outcomes: list[Outcome] = []

    def _load(self) -> dict:
        return json.loads(self.path.read_text()) if self.path.exists() else {}

    def _save(self, state: dict) -> None:
        self.path.write_text(json.dumps(state))

    def read_memory(self, source: str) -> SourceMemory:
        state = self._load().get(source, {})

        def when(text):
            return datetime.fromisoformat(text) if text else None

        return SourceMemory(
            source,
            when(state.get("blocked")),
            state.get("blocked_reason", ""),
            {
                key: QueryMemory(
                    key,
                    when(q.get("attempt")),
                    when(q.get("success")),
                    q.get("status", ""),
                    "",
                    q.get("count"),
                )
                for key, q in state.get("queries", {}).items()
            },
            tuple(datetime.fromisoformat(t) for t in state.get("attempts", [])),
        )

    def claim(self, source, query: Query, now_utc: datetime, decide) -> Decision:
        decision = decide(self.read_memory(source))
        if decision.record_attempt:
            state = self._load()
            own = state.setdefault(source, {})
            past = [t for t in own.get("attempts", []) if datetime.fromisoformat(t) <= now_utc]
            own["attempts"] = [*past, now_utc.isoformat()]
            queries = own.setdefault("queries", {})
            for known in queries.values():
                if known.get("attempt") and datetime.fromisoformat(known["attempt"]) > now_utc:
                    known["attempt"] = now_utc.isoformat()
            queries.setdefault(query.key, {})["attempt"] = now_utc.isoformat()
            self._save(state)
        return decision

    def read_recent(self, norad_cat_ids) -> dict[int, list[ElementSet]]:
        wanted = set(norad_cat_ids)
        recent: dict[int, list[ElementSet]] = {}
        for elements in sorted(self.sets.values(), key=lambda e: e.epoch_utc):
            if elements.norad_cat_id in wanted:
                recent.setdefault(elements.norad_cat_id, []).append(elements)
        return {number: sets[-30:] for number, sets in recent.items()}

    def commit(self, outcome: Outcome) -> int:
        before = len(self.sets) + len(self.quarantined)
        for judged in outcome.judged:
            kept = self.quarantined if judged.verdict == "quarantined" else self.sets
            kept.setdefault(judged.elements.fingerprint, judged.elements)
        state = self._load()
        own = state.setdefault(outcome.source, {})
        query = own.setdefault("queries", {}).setdefault(outcome.query.key, {})
        query["status"] = outcome.status
        if outcome.status in ("data", "not_modified", "no_data"):
            query["success"] = outcome.finished_utc.isoformat()
        if outcome.status == "data":
            query["count"] = outcome.set_count
        if outcome.blocks:
            own["blocked"], own["blocked_reason"] = outcome.finished_utc.isoformat(), outcome.reason
        self._save(state)
        self.outcomes.append(outcome)
        return len(self.sets) + len(self.quarantined) - before

    def acknowledge(self, source: str) -> None:
        state = self._load()
        state[source].pop("blocked", None)
        self._save(state)
