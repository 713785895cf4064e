"""Explanations in words: one sentence a fact, with places for names and figures.

The sentences are written so that nothing in them changes with number, case or gender: a list of
figures behind a colon reads well in every language. ``translate`` is a gettext function.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from scheduler.explanations.alternatives import Alternative
from scheduler.explanations.pass_explanation import PassExplanation, Winner
from scheduler.explanations.prices import Price
from scheduler.problem.model import PlanningProblem
from scheduler.reasons import REASONS
from tle.timebase import format_utc, from_unix_s

Translate = Callable[[str], str]

TEXTS: Mapping[str, str] = {
    "taken": "Taken, {span}, worth {value} {unit}.",
    "pass": "The pass: {span}.",
    "pass_with_value": "The pass: {span}, by itself worth {value} {unit}.",
    "contribution": "For goal {goal}: {amount}, worth {value} {unit}.",
    "cut_by": "Most of the pass was cut: {reason}",
    "bound": "The limit is {value} {unit}.",
    "limit": "Used up: {limit}.",
    "winners": "In the way: {winners}.",
    "price_of_taking": "To take it would cost {loss} {unit}.",
    "gain_of_taking": "To take it would gain {loss} {unit}.",
    "price_of_leaving": "Without it the plan would lose {loss} {unit}.",
    "not_proven": "The figure is not proven: the solver ended at its limit.",
    "no_price": "No plan can take it: {reason}",
    "dropped": "Dropped for it: {names}.",
    "added": "Taken in their place: {names}.",
    "moved": "Shortened or moved: {names}.",
    "rest_of_pass": "A part still fits beside the plan: {span}.",
    "rest_needs_trim": "A part would fit if the service could be trimmed: {span}.",
    "other_free": "Another pass fits at no loss: {span}.",
    "other_at_price": "The cheapest of the next passes costs {loss} {unit}: {span}.",
    "own_contact": "The satellite's nearest contact in the plan: {span}.",
    "provisional": "It rests on expired elements.",
    "tentative": "The satellite transmits only if its owner commands it.",
    "uncertain": "Its time is uncertain by more than the antenna makes up for.",
    "held": "held",
    "higher_priority": "higher priority",
    "same_priority": "same priority",
    "lower_priority": "lower priority",
    "another_owner": "a contact of another owner",
}
MAX_NAMES = 8  # of a list in a sentence


def write_sentences(
    found: PassExplanation,
    problem: PlanningProblem,
    *,
    names: Mapping[str, str],
    unit: str,
    translate: Translate = str,
) -> list[str]:
    """Say all that is known of one pass; ``names`` maps satellite ids to names."""

    def say(key: str, **places: str) -> str:
        return translate(TEXTS[key]).format(**places)

    def name_all(opportunity_ids: Sequence[str]) -> str:
        listed = [_name_opportunity(problem, item, names) for item in opportunity_ids[:MAX_NAMES]]
        more = len(opportunity_ids) - MAX_NAMES
        return ", ".join(listed) + (f", +{more}" if more > 0 else "")

    unit = translate(unit)
    sentences = []
    if found.is_taken:
        span = _span(found.start_unix_s or 0.0, found.end_unix_s or 0.0)
        sentences.append(say("taken", span=span, value=_figure(found.value), unit=unit))
    else:
        sentences.append(_write_pass(found, say, unit))
        sentences.append(translate(REASONS.get(found.reason, found.reason)))
    if found.cut_by and found.cut_by != found.reason:
        cut = translate(REASONS.get(found.cut_by, found.cut_by))
        sentences.append(say("cut_by", reason=cut))
    if found.bound_value is not None:
        sentences.append(say("bound", value=f"{found.bound_value:g}", unit=found.bound_unit))
    if found.limit:
        sentences.append(say("limit", limit=found.limit))
    if found.winners:
        winners = "; ".join(_name_winner(item, names, translate) for item in found.winners)
        sentences.append(say("winners", winners=winners))
    sentences += [
        say(
            "contribution",
            goal=part.term,
            amount=_amount(part.amount, part.quantity),
            value=_figure(part.value),
            unit=unit,
        )
        for part in found.contributions
        if part.request_id or part.term not in ("contact", "usable_time", "volume")
    ]
    sentences += [say(note) for note in found.notes]
    if found.price is not None:
        sentences += _write_price(found.price, found.is_taken, say, name_all, translate, unit)
    sentences += [_write_alternative(item, say, unit) for item in found.alternatives]
    return sentences


def _write_pass(found: PassExplanation, say: Callable[..., str], unit: str) -> str:
    """Say when a pass that was not taken could be used, and what it is worth by itself."""
    if found.start_unix_s is None or found.end_unix_s is None:
        return say("pass", span=_span(found.aos_unix_s, found.los_unix_s))
    span = _span(found.start_unix_s, found.end_unix_s)
    return say("pass_with_value", span=span, value=_figure(found.own_value), unit=unit)


def _write_price(
    price: Price,
    is_taken: bool,
    say: Callable[..., str],
    name_all: Callable[[Sequence[str]], str],
    translate: Translate,
    unit: str,
) -> list[str]:
    if price.loss is None:
        return [say("no_price", reason=translate(REASONS.get(price.reason, price.reason)))]
    key = "price_of_leaving" if is_taken else "price_of_taking"
    if price.loss < 0 and not is_taken:
        key = "gain_of_taking"
    sentences = [say(key, loss=_figure(abs(price.loss)), unit=unit)]
    own = price.subject
    for kind in ("dropped", "added", "moved"):
        others = [name for name in getattr(price, kind) if name != own]
        if others:
            sentences.append(say(kind, names=name_all(others)))
    if not price.is_proven:
        sentences.append(say("not_proven"))
    return sentences


def _write_alternative(item: Alternative, say: Callable[..., str], unit: str) -> str:
    span = _span(item.start_s, item.end_s)
    if item.kind == "rest_of_pass":
        return say("rest_needs_trim" if item.needs_trim else "rest_of_pass", span=span)
    if item.kind == "own_contact":
        return say("own_contact", span=span)
    if item.price is None or item.loss <= 0:
        return say("other_free", span=span)
    sentence = say("other_at_price", span=span, loss=_figure(item.loss), unit=unit)
    return sentence if item.price.is_proven else f"{sentence} {say('not_proven')}"


def _name_winner(item: Winner, names: Mapping[str, str], translate: Translate) -> str:
    name = names.get(item.satellite_id, item.satellite_id) or translate(TEXTS["another_owner"])
    span = _span(item.start_unix_s, item.end_unix_s)
    return f"{name} {span} ({translate(TEXTS[item.standing])})"


def _name_opportunity(problem: PlanningProblem, name: str, names: Mapping[str, str]) -> str:
    item = problem.opportunity_by_id.get(name)
    if item is None:
        return name
    start = format_utc(from_unix_s(item.start_s))[:16].replace("T", " ")
    return f"{names.get(item.satellite_id, item.satellite_id)} {start}"


def _span(start_unix_s: float, end_unix_s: float) -> str:
    start, end = format_utc(from_unix_s(start_unix_s)), format_utc(from_unix_s(end_unix_s))
    return f"{start[:10]} {start[11:19]}–{end[11:19]} UTC"


def _figure(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _amount(amount: float, quantity: str) -> str:
    if quantity == "count":
        return f"{amount:g}"
    if quantity == "volume":
        return f"{amount / 1e9:.3g} GB"
    return f"{amount / 60.0:.1f} min"
