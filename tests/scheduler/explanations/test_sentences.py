"""Explanations in words: every fact is said, places are filled, others stay unnamed."""

import re

import pytest

from app.exports.explanation_records import write_worth
from app.web.languages import LANGUAGES, read_translations
from scheduler.explanations.alternatives import Alternative
from scheduler.explanations.limiting_resource import Scarcity, Worth
from scheduler.explanations.pass_explanation import PassExplanation, Winner
from scheduler.explanations.prices import Price
from scheduler.explanations.resource_sentences import RESOURCE_TEXTS, write_worth_sentence
from scheduler.explanations.sentences import TEXTS, write_sentences
from tests.scheduler.problem_builders import problem_of, window

PROBLEM = problem_of([window("a", 100, 200), window("b", 150, 250)])
PLACE = re.compile(r"\{(\w+)\}")


def lost(**more):
    values = {
        "candidate_id": "a", "pass_id": "a", "satellite_id": "sat-a", "owner": "me",
        "station_id": "s", "aos_unix_s": 100.0, "los_unix_s": 200.0, "reason": "beaten_by",
        "winners": (Winner("b@a", "sat-b", "you", "s", "a", 150.0, 250.0, "higher_priority"),),
    }  # fmt: skip
    return PassExplanation(**(values | more))


def say(found, names=None):
    return " ".join(write_sentences(found, PROBLEM, names=names or {}, unit="points"))


def test_loser_is_told_who_stands_in_the_way_and_what_it_would_cost():
    price = Price("a", 3.5, 3.5, True, dropped=("b",), added=("a",))
    said = say(lost(price=price), {"sat-b": "Bee"})

    assert "In the way: Bee 1970-01-01 00:02:30–00:04:10 UTC (higher priority)." in said
    assert "To take it would cost 3.5 points. Dropped for it: Bee 1970-01-01 00:02." in said
    assert "not proven" not in said


def test_pass_not_taken_is_told_with_its_time_and_its_own_worth():
    """Bite: without it an operator had the winner's time, and the loser's only in its id."""
    assert say(lost()).startswith("The pass: 1970-01-01 00:01:40–00:03:20 UTC.")
    assert say(lost(start_unix_s=100.0, end_unix_s=160.0, own_value=4.25)).startswith(
        "The pass: 1970-01-01 00:01:40–00:02:40 UTC, by itself worth 4.25 points."
    )


def test_contact_of_another_owner_has_a_time_and_a_class_but_no_name():
    said = say(lost(), {"sat-b": ""})

    assert "a contact of another owner 1970-01-01 00:02:30–00:04:10 UTC (higher" in said
    assert "sat-b" not in said


def test_what_no_plan_can_do_and_what_is_not_proven_is_said():
    assert "No plan can take it: A contact that somebody holds" in say(
        lost(price=Price("a", None, reason="pinned_away"))
    )
    assert "not proven" in say(lost(price=Price("a", 1.0, 0.5, False)))


def test_cut_pass_names_the_constraint_and_its_bound():
    found = lost(
        reason="shorter_than_min_contact", winners=(), cut_by="below_horizon_mask",
        bound_value=9.6, bound_unit="deg",
    )  # fmt: skip

    assert "behind the horizon mask" in say(found)
    assert "The limit is 9.6 deg." in say(found)


@pytest.mark.parametrize("is_proven", [True, False])
def test_worth_that_is_not_proven_is_said_to_be_so(is_proven):
    """Bite: on a loaded machine 60.4 an hour was told for 66.8, without a word."""
    scarcity = Scarcity("antenna_hours", "here", 1.0, (4.0, 6.0))
    worth = Worth(scarcity, 14.0, "antenna hours", 845.6, 1.68e12, 9, is_proven, ())

    said = write_worth_sentence(write_worth(worth, "points"))

    assert "worth 60.4 points and 120 GB" in said
    assert said.endswith("not proven: the solver ended at its limit.") is not is_proven


def test_other_pass_at_a_price_that_is_not_proven_is_said_to_be_so():
    price = Price("b", 2.0, 1.0, False)
    other = Alternative("other_pass", "b", ("a",), 150.0, 250.0, 2.0, price=price)

    assert "costs 2 points: 1970-01-01 00:02:30–00:04:10 UTC. The figure is not proven" in say(
        lost(alternatives=(other,))
    )


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_translations_fill_the_same_places(language):
    """Bite: a misspelt place in one language raises KeyError in front of a reader."""
    translate = read_translations(language).gettext
    for text in [*TEXTS.values(), *RESOURCE_TEXTS.values()]:
        assert sorted(PLACE.findall(translate(text))) == sorted(PLACE.findall(text)), text
