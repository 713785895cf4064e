"""A month's settlement sheet, to be printed and signed: as text, as a page, as a table."""

from __future__ import annotations

import csv
import io
import textwrap
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

HEADS = ("promised", "planned", "given away", "borrowed", "executed", "lost")
KEYS = ("promised_s", "planned_s", "given_away_s", "borrowed_s", "executed_s", "lost_s")
EXPLANATION = (
    "All figures are hours of antenna time, setup and teardown included, in UTC. Promised: the "
    "agreed share of the time in which the antennas were not out of service. Planned: booked "
    "contacts. Given away: unused promise that others used. Borrowed: planned beyond the promise. "
    "Executed and lost: contact time as the antenna reported it."
)


def write_usage_csv(rows: Sequence[Any]) -> str:
    """Write usage rows (``app.services.usage.UsageRow``) as CSV, seconds, one line a row."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("station_id", "start_utc", "end_utc", "owner", "satellite_id", *KEYS))
    for row in rows:
        writer.writerow(
            (
                row.station_id,
                row.start_utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
                row.end_utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
                row.owner,
                row.satellite_id,
                *(f"{getattr(row, key):.1f}" for key in KEYS),
            )
        )
    return stream.getvalue()


def write_sheet_csv(sheet: Mapping[str, Any]) -> str:
    """Write a settlement sheet as CSV: owners, their satellites, loans; seconds."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("kind", "owner", "satellite_or_lender", *KEYS))
    for item in sheet["owners"]:
        writer.writerow(("owner", item["owner"], "", *(f"{item[key]:.1f}" for key in KEYS)))
        for part in item["by_satellite"]:
            figures = ("", part["planned_s"], "", "", part["executed_s"], part["lost_s"])
            cells = (figure if figure == "" else f"{figure:.1f}" for figure in figures)
            writer.writerow(("satellite", item["owner"], part["satellite_id"], *cells))
    for loan in sheet["loans"]:
        row = ("", "", "", f"{loan['seconds']:.1f}", "", "")
        writer.writerow(("loan", loan["borrower"], loan["lender"], *row))
    writer.writerow(("digest", sheet["digest"], "", *[""] * len(KEYS)))
    return stream.getvalue()


def write_sheet_text(sheet: Mapping[str, Any]) -> str:
    """Write a settlement sheet for a terminal, or a printer in landscape."""
    lines = [
        f"Settlement of antenna time: {sheet['station_name']} ({sheet['station_id']}), "
        f"{sheet['month']}",
        describe_state(sheet),
        "",
        f"{'owner':<50}{'share':>6}" + "".join(f"{head:>11}" for head in HEADS),
    ]
    for item in sheet["owners"]:
        figures = "".join(f"{_hours(item[key]):>11}" for key in KEYS)
        lines.append(f"{_name(item)[:49]:<50}{item['share']:>6.0%}{figures}")
        for part in item["by_satellite"]:
            lines.append(
                f"  {part['satellite_id'][:47]:<54}{'':>11}{_hours(part['planned_s']):>11}"
                f"{'':>22}{_hours(part['executed_s']):>11}{_hours(part['lost_s']):>11}"
            )
    lines += ["", f"Antenna time in service: {_hours(sheet['available_s'])} h"]
    if sheet["unowned_s"]:
        lines.append(f"Planned for parties without a share: {_hours(sheet['unowned_s'])} h")
    lines += [
        f"{loan['lender']} lent {_hours(loan['seconds'])} h to "
        f"{loan['borrower'] or 'parties without a share'}"
        for loan in sheet["loans"]
    ]
    lines += [
        "",
        *textwrap.wrap(EXPLANATION, 110),
        "",
        f"SHA-256 of the figures: {sheet['digest']}",
        "",
    ]
    for item in sheet["owners"]:
        lines += [f"{_name(item)}:", "", "  ____________________   ______________________________"]
        lines += ["  date                   signature", ""]
    return "\n".join(lines) + "\n"


def write_sheet_html(sheet: Mapping[str, Any]) -> str:
    """Write a settlement sheet as a page of its own that prints on A4, without scripts."""
    rows = []
    for item in sheet["owners"]:
        cells = "".join(f"<td>{_hours(item[key])}</td>" for key in KEYS)
        rows.append(
            f"<tr class='owner'><th scope='row'>{escape(_name(item))}</th>"
            f"<td>{item['share']:.0%}</td>{cells}</tr>"
        )
        for part in item["by_satellite"]:
            rows.append(
                f"<tr><td class='satellite'>{escape(part['satellite_id'])}</td><td></td><td></td>"
                f"<td>{_hours(part['planned_s'])}</td><td></td><td></td>"
                f"<td>{_hours(part['executed_s'])}</td><td>{_hours(part['lost_s'])}</td></tr>"
            )
    loans = "".join(
        f"<li>{escape(loan['lender'])} lent {_hours(loan['seconds'])} h to "
        f"{escape(loan['borrower'] or 'parties without a share')}</li>"
        for loan in sheet["loans"]
    )
    signatures = "".join(
        f"<div class='sign'><p>{escape(_name(item))}</p><p class='line'>Date, name, signature</p>"
        "</div>"
        for item in sheet["owners"]
    )
    heads = "".join(f"<th scope='col'>{head}</th>" for head in HEADS)
    title = f"Settlement of antenna time, {sheet['month']}"
    return (
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
        f"<title>{title}: {escape(sheet['station_name'])}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{title}</h1><p class='station'>{escape(sheet['station_name'])} "
        f"({escape(sheet['station_id'])})</p><p>{escape(describe_state(sheet))}</p>"
        f"<table><thead><tr><th scope='col'>Owner, satellite</th><th scope='col'>share</th>{heads}"
        f"</tr></thead><tbody>{''.join(rows)}</tbody></table>"
        f"<p>Antenna time in service: {_hours(sheet['available_s'])} h. Planned for parties "
        f"without a share: {_hours(sheet['unowned_s'])} h.</p>"
        + (f"<h2>Loans</h2><ul>{loans}</ul>" if loans else "")
        + f"<p class='note'>{EXPLANATION}</p><h2>Signatures</h2><div class='signs'>{signatures}"
        f"</div><p class='digest'>SHA-256 of the figures: {sheet['digest']}</p></body></html>\n"
    )


_STYLE = (
    "@page{size:A4;margin:18mm}body{font:10.5pt/1.4 system-ui,sans-serif;color:#111;"
    "max-width:190mm;margin:1rem auto;padding:0 1rem}h1{font-size:16pt;margin:0}"
    "h2{font-size:12pt;margin:1.2em 0 .4em}.station{font-size:12pt;margin:.2em 0 1em}"
    "table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}"
    "th,td{padding:.25em .5em;text-align:right;border-bottom:1px solid #ccc}"
    "th:first-child,td:first-child{text-align:left}.owner>*{font-weight:600;border-top:1px solid "
    "#444}.satellite{padding-left:1.6em}.note{color:#444}.signs{display:grid;"
    "grid-template-columns:1fr 1fr;gap:1rem 2rem}.sign{break-inside:avoid}.line{border-top:1px "
    "solid #111;margin-top:3.2em;color:#444;font-size:9pt}.digest{font-size:8pt;color:#444;"
    "overflow-wrap:anywhere}tr{break-inside:avoid}"
)


def describe_state(sheet: Mapping[str, Any]) -> str:
    """Say whether the figures are final, and whether the shares are agreed."""
    state = (
        f"Settled {sheet['settled_utc'][:10]} by {sheet['settled_by']}: the figures are final."
        if sheet["settled_utc"]
        else "Not settled: figures may still change with late reports."
    )
    if any(item["is_example"] for item in sheet["owners"]):
        state += " The shares are examples; no agreement stands behind them."
    return state


def _name(item: Mapping[str, Any]) -> str:
    return f"{item['name']} ({item['owner']})"


def _hours(seconds: float) -> str:
    return f"{seconds / 3600.0:.2f}"
