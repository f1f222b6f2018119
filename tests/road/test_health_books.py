"""The sample year in the health books: links against the truth, what waits, who is on no list, coverage, books for all."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from road.truth import Covered, coverage, newest_exams, who_is_who

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

SOURCES = {"screening", "periodic", "school", "worker", "occupational", "insurance"}


@pytest.fixture(scope="module")
def newest(road: Any) -> dict[str, dict[str, str]]:
    return newest_exams(road)


@pytest.fixture(scope="module")
def truth_of(road: Any) -> dict[int, str]:
    return who_is_who(road)


def test_every_accepted_exam_is_linked_or_waits(road: Any, newest: dict[str, dict[str, str]]) -> None:
    assert road.counts["encounters"] == dict(Counter(row["source"] for row in newest.values()))
    assert set(road.counts["encounters"]) == SOURCES
    # Sets of keys, which are nobody's; only their sizes may be printed.
    linked, waiting = set(road.counts["links"]), set(road.counts["in_review"])
    assert len(linked & waiting) == 0 and len((linked | waiting) ^ set(newest)) == 0


def test_links_against_the_truth(road: Any, newest: dict[str, dict[str, str]], truth_of: dict[int, str]) -> None:
    links = {key: person for key, (person, _) in road.counts["links"].items()}
    wrong = sum(truth_of.get(person) != newest[key]["truth_id"] for key, person in links.items())
    listed = set(truth_of.values())
    possible = {key for key, row in newest.items() if row["truth_id"] in listed}
    assert wrong == 0
    assert len(links) / len(possible) >= 0.99
    # What the rule is sure of, it links itself; the model adds to it.
    by_rule = {key for key, (_, method) in road.counts["links"].items() if method == "identifier_birth_name"}
    certain = {key for key, row in newest.items() if row["linkable"] == "1"}
    assert len(certain - set(links)) == 0 and len(by_rule - certain) == 0
    assert set(links) > by_rule
    asked = sum(candidates > 0 for candidates in road.counts["in_review"].values())
    assert asked / len(newest) <= 0.02


def test_no_child_is_in_the_guardians_book(road: Any, newest: dict[str, dict[str, str]], truth_of: dict[int, str]) -> None:
    guardians = {row["truth_id"]: row["guardian_truth_id"] for row in road.rows("people.csv") if row["guardian_truth_id"]}
    children = [key for key, row in newest.items() if "guardian_number" in row["mistakes"]]
    assert len(children) > 5
    links = {key: truth_of.get(person) for key, (person, _) in road.counts["links"].items()}
    in_guardians = sum(links.get(key) == guardians[newest[key]["truth_id"]] for key in children)
    in_own = sum(links.get(key) == newest[key]["truth_id"] for key in children)
    assert in_guardians == 0
    assert in_own / len(children) > 0.9


def test_who_is_on_no_list_is_named_to_the_commune(road: Any, newest: dict[str, dict[str, str]]) -> None:
    people = {row["truth_id"]: row for row in road.rows("people.csv")}
    strangers = {key for key, row in newest.items() if people[row["truth_id"]]["on_roster"] != "1"}
    unlisted = set(road.counts["unlisted"])
    assert len(strangers) > 3
    # The rest resembles somebody, and a person decides.
    waiting = {key for key, candidates in road.counts["in_review"].items() if candidates}
    assert len(strangers - unlisted - waiting) == 0
    assert len(strangers & unlisted) >= 0.8 * len(strangers)
    workbooks = list((road.stack.landing / "lang_son" / "returned" / "roster").rglob("*.xlsx"))
    assert len(workbooks) > 0


def test_the_years_coverage_is_the_truths(road: Any, newest: dict[str, dict[str, str]], truth_of: dict[int, str]) -> None:
    linked = [row for key, row in newest.items() if key in road.counts["links"]]
    expected = coverage(linked)
    found = {truth_of.get(person): Covered(*rest) for person, *rest in road.counts["coverage"]}
    different = sum(expected.get(person) != found.get(person) for person in {*expected, *found})
    assert (different, len(found)) == (0, len(road.counts["coverage"]))
    # The sample has what this is about: people whom several sources examined.
    assert any(one.records > 1 for one in found.values())
    assert {one.source for one in found.values()} == SOURCES


def test_everyone_has_a_book(road: Any, newest: dict[str, dict[str, str]]) -> None:
    assert road.counts["bookless"] == 0
    examined = {newest[key]["truth_id"] for key in road.counts["links"]}
    # The planted person was examined, the twin was not.
    assert road.counts["books"] == {"entry": len(examined) + 1, "yearly": road.counts["roster"] - len(examined) + 1}


def test_an_officer_finds_decides_and_looks(road: Any) -> None:
    answers = {name: status for name, (status, _) in road.pages.items()}
    assert answers == {"list": 200, "case": 200, "decision": 303, "decided": 200, "search": 303, "book": 200}
    assert "Đã ghi vào sổ" in road.pages["decided"][1]
    told = road.query(
        "SELECT task_id, outcome FROM audit.event WHERE dag_id = 'health_book' AND run_id = ANY(%s) ORDER BY seq", road.subjects
    )
    assert told == [("view", "shown"), ("decide", "link"), ("view", "shown"), ("search", "found"), ("view", "shown")]
