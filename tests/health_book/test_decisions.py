"""What an officer decides is kept, carried out, and respected by every later linkage."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg
import pytest

from people import add_refresh
from sangloc.errors import RefusedInputError
from sangloc.health_book import case, decide, reopen, unlink
from sangloc.linkage import link, model

NUMBER = "020088000003"


def run() -> dict[str, int]:
    return link("lang_son", "run")


@pytest.fixture
def twins(world: Any) -> tuple[int, int, int]:
    """Two people who could be meant, and the exam; linked by nobody."""
    one, two = world.person(number="020088000001"), world.person(number="020088000002")
    exam = world.exam()
    run()
    assert world.review(exam) == ("open", [one, two])
    return one, two, exam


def test_link_puts_the_exam_into_the_persons_book(world: Any, twins: tuple[int, int, int]) -> None:
    _, two, exam = twins
    assert decide(world.case(exam), "link", "officer", two) == "linked"
    assert world.entries() == {exam: two}
    assert world.one("SELECT method, match_probability, run_id FROM health_book.entry") == (
        "officer", 1.0, f"review-{world.case(exam)}",
    )  # fmt: skip
    assert world.one("SELECT state, decided_by FROM health_book.review") == ("linked", "officer")
    assert run()["changed"] == 0
    assert world.entries() == {exam: two} and world.never() == []


def test_a_decision_is_kept_with_what_was_shown(world: Any, twins: tuple[int, int, int]) -> None:
    one, two, exam = twins
    decide(world.case(exam), "link", "officer", two)
    assert world.one(
        "SELECT ma_lk, encounter_id, encounter_version, answer, reason_code, decided_by FROM health_book.decision"
    ) == ("L-1", exam, 1, "link", "several_candidates", "officer")
    refresh = world.one("SELECT refresh_id FROM roster.person WHERE person_id = %s", one)
    assert world.all("SELECT person_id, refresh_id, place, verdict FROM health_book.decision_candidate ORDER BY place") == [
        (one, refresh, 1, None),
        (two, refresh, 2, "same"),
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE health_book.decision SET answer = 'link'",
        "DELETE FROM health_book.decision",
        "UPDATE health_book.decision_candidate SET verdict = 'same'",
        "DELETE FROM health_book.entry_past",
    ],
)
def test_decisions_and_history_cannot_be_changed(world: Any, postgres: Any, statement: str) -> None:
    with (
        psycopg.connect(postgres.url("sangloc_loader", "sangloc")) as loader,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        loader.execute(statement)


def test_not_the_same_leaves_the_case_open_while_candidates_are_left(world: Any, twins: tuple[int, int, int]) -> None:
    one, two, exam = twins
    assert decide(world.case(exam), "not_the_same", "officer", one) == "open"
    assert world.review(exam) == ("open", [two])
    assert world.never() == [("L-1", one)]
    assert decide(world.case(exam), "not_the_same", "officer", two) == "not_the_same"
    assert world.never() == [("L-1", one), ("L-1", two)]
    run()
    assert world.review(exam) == ("not_the_same", [two]) and world.entries() == {}


def test_nothing_is_said_about_who_left_the_roster_and_is_not_shown(world: Any, twins: tuple[int, int, int]) -> None:
    one, two, exam = twins
    world.db.execute("DELETE FROM roster.person WHERE person_id = %s", [one])
    shown = case(world.case(exam))
    assert ([each.person_id for each in shown.candidates], shown.left_roster) == ([two], [one])
    assert decide(world.case(exam), "not_the_same", "officer", seen=shown.seen) == "not_the_same"
    assert world.never() == [("L-1", two)]


def test_who_left_the_roster_still_comes_into_question_when_somebody_else_is_excluded(world: Any) -> None:
    one, two, three = (world.person(number=f"02008800000{digit}") for digit in range(1, 4))
    exam = world.exam()
    run()
    world.db.execute("DELETE FROM roster.person WHERE person_id = %s", [one])
    add_refresh(world.db, commune_code="05986")
    assert decide(world.case(exam), "not_the_same", "officer", two) == "open"
    run()
    assert world.entries() == {} and world.review(exam) == ("open", [three, one])


@pytest.mark.parametrize("answer", ["not_the_same", "new_person"])
def test_nobody_of_those_shown(world: Any, twins: tuple[int, int, int], answer: Any) -> None:
    one, two, exam = twins
    assert decide(world.case(exam), answer, "officer") == answer
    assert world.never() == [("L-1", one), ("L-1", two)]
    run()
    assert world.review(exam)[0] == answer


def test_a_forbidden_pair_is_never_linked_whatever_a_later_version_says(world: Any) -> None:
    person = world.person()
    world.exam(number="020088999999", ma_lk="X")
    run()
    exam = world.one("SELECT encounter_id FROM health_book.review")
    decide(world.case(exam), "not_the_same", "officer", person)
    newer = world.exam(number=NUMBER, ma_lk="X")
    run()
    assert world.entries() == {} and world.never() == [("X", person)]
    # Nobody else's exam is meant.
    other = world.exam(number=NUMBER)
    run()
    assert world.entries() == {other: person}
    # What the roster's rule would have linked was never in the book.
    assert world.one("SELECT count(*) FROM health_book.entry_history WHERE encounter_id = %s", newer) == 0


def test_a_decision_moves_to_the_next_version_of_the_exam(world: Any, twins: tuple[int, int, int]) -> None:
    one, _, exam = twins
    decide(world.case(exam), "link", "officer", one)
    newer = world.exam(ma_lk="L-1")
    run()
    assert world.entries() == {newer: one} and world.review(newer)[0] == "linked"
    assert world.all(
        "SELECT encounter_id, end_reason, ended_by FROM health_book.entry_history ORDER BY valid_to NULLS LAST"
    ) == [(exam, "new_version", "linkage"), (newer, None, None)]


def test_taking_an_answer_back(world: Any, twins: tuple[int, int, int]) -> None:
    one, two, exam = twins
    decide(world.case(exam), "new_person", "officer")
    reopen(world.case(exam), "officer")
    assert world.never() == [] and world.review(exam) == ("open", [one, two])
    assert decide(world.case(exam), "link", "officer", one) == "linked"
    assert [row[0] for row in world.all("SELECT answer FROM health_book.decision ORDER BY decision_id")] == [
        "new_person", "reopen", "link",
    ]  # fmt: skip
    with pytest.raises(RefusedInputError, match="linked"):
        reopen(world.case(exam), "officer")


def test_whom_an_officer_excluded_may_be_linked_after_all(world: Any, twins: tuple[int, int, int]) -> None:
    one, two, exam = twins
    decide(world.case(exam), "not_the_same", "officer", one)
    shown = {each.person_id: each.excluded for each in case(world.case(exam)).candidates}
    assert shown == {two: False, one: True}
    assert decide(world.case(exam), "link", "officer", one) == "linked"
    assert world.entries() == {exam: one} and world.never() == []


def test_unlinking_keeps_the_history_and_linking_again_is_a_new_entry(world: Any) -> None:
    person, exam = world.person(), world.exam(number=NUMBER)
    run()
    assert world.entries() == {exam: person}
    review = unlink(exam, "officer")
    assert world.entries() == {} and world.review(exam) == ("open", []) and world.never() == [("L-1", person)]
    run()
    assert world.entries() == {}
    decide(review, "link", "officer", person)
    assert world.all(
        "SELECT method, end_reason, ended_by, valid_from IS NOT NULL FROM health_book.entry_history ORDER BY entry_id"
    ) == [("identifier_birth_name", "unlinked", "officer", True), ("officer", None, None, True)]
    with pytest.raises(RefusedInputError):
        unlink(exam + 100, "officer")


def test_what_linkage_takes_away_is_in_the_history_too(world: Any) -> None:
    person, exam = world.person(), world.exam(number=NUMBER)
    run()
    world.db.execute(
        "UPDATE roster.person SET birth_date = '1970-01-01', refresh_id = %s, commune_code = '05986' WHERE person_id = %s",
        [add_refresh(world.db, commune_code="05986"), person],
    )
    assert run()["no_longer_agrees"] == 1
    assert world.one("SELECT encounter_id, end_reason, ended_by, valid_to IS NOT NULL FROM health_book.entry_history") == (
        exam, "no_longer_agrees", "linkage", True,
    )  # fmt: skip


@pytest.mark.parametrize("answer", ["link", "not_the_same"])
def test_only_people_shown_may_be_answered_about(world: Any, twins: tuple[int, int, int], answer: Any) -> None:
    stranger = world.person("Ai Đó", "020088000009")
    with pytest.raises(RefusedInputError, match="shown"):
        decide(world.case(twins[2]), answer, "officer", stranger)
    assert world.all("SELECT 1 FROM health_book.decision") == [] and world.entries() == {}


def test_an_answer_to_another_page_than_the_one_seen_is_refused(world: Any, twins: tuple[int, int, int]) -> None:
    one, two, exam = twins
    seen = case(world.case(exam)).seen
    decide(world.case(exam), "not_the_same", "other", two)
    with pytest.raises(RefusedInputError, match="changed"):
        decide(world.case(exam), "link", "officer", one, seen)
    decide(world.case(exam), "link", "officer", one, case(world.case(exam)).seen)
    with pytest.raises(RefusedInputError, match="does not wait"):
        decide(world.case(exam), "link", "officer", one)
    with pytest.raises(RefusedInputError, match="review_id 999"):
        decide(999, "link", "officer", one)


def test_the_ledger_knows_who_decided_and_nothing_about_people(world: Any, twins: tuple[int, int, int]) -> None:
    decide(world.case(twins[2]), "link", "officer", twins[0])
    rows = world.all("SELECT dag_id, task_id, outcome, actor, run_id, facts::text FROM audit.event")
    assert [row[:5] for row in rows] == [
        ("health_book", "decide", "link", "officer", f"review-{world.case(twins[2])}"),
    ]
    assert not any(word in rows[0][5] for word in ("Hoàng", NUMBER, "020088000001", "1988"))


def test_how_often_the_model_was_right(world: Any) -> None:
    people = [world.person(number=f"02008800000{digit}") for digit in range(1, 4)]
    exams = [world.exam() for _ in range(3)]
    alone = world.exam("Ai Đó", born=date(1950, 1, 1))
    run()
    decide(world.case(exams[0]), "link", "officer", people[0])
    decide(world.case(exams[1]), "link", "officer", people[2])
    decide(world.case(exams[2]), "not_the_same", "officer")
    decide(world.case(alone), "new_person", "officer")
    world.put(wrong := world.exam(), people[1])
    unlink(wrong, "officer")
    columns = "model_version, decided, linked_to_first, linked_to_another, none_of_them, nobody_shown, wrong_links"
    assert world.all(f"SELECT {columns} FROM stats.decision_agreement ORDER BY 1") == [  # noqa: S608
        ("m-1", 0, 0, 0, 0, 0, 1),
        ("none", 1, 0, 0, 0, 1, 0),
        (model.load().version, 3, 1, 1, 1, 0, 0),
    ]


def test_what_the_model_said_is_kept_with_the_decision_and_weights_stay_with_their_people(world: Any) -> None:
    people = [world.person(number=f"02008800000{digit}") for digit in range(1, 4)]
    exam = world.exam()
    run()
    world.db.execute("UPDATE health_book.review SET candidate_weights = '{3, 0, -3}', model_version = 'm-7'")
    decide(world.case(exam), "not_the_same", "officer", people[1])
    assert world.one("SELECT candidate_person_ids, candidate_weights FROM health_book.review") == (
        [people[0], people[2]], [3.0, -3.0],
    )  # fmt: skip
    decide(world.case(exam), "link", "officer", people[0])
    rows = world.all(
        "SELECT model_version, person_id, round(probability::numeric, 3), verdict FROM health_book.decision"
        " JOIN health_book.decision_candidate USING (decision_id) ORDER BY decision_id, place"
    )
    assert [(model, person, float(share), verdict) for model, person, share, verdict in rows if share is not None] == [
        ("m-7", people[0], 0.889, None), ("m-7", people[1], 0.5, "not_the_same"), ("m-7", people[2], 0.111, None),
        ("m-7", people[0], 0.889, "same"), ("m-7", people[2], 0.111, None),
    ]  # fmt: skip
    assert world.one("SELECT model_version, best_from, linked_to_first FROM stats.decision_agreement") == ("m-7", "0.50", 1)


def test_a_claim_and_a_check_up_with_one_number_are_two_exams(world: Any) -> None:
    person = world.person()
    check_up = world.exam(number="020088999999", ma_lk="X")
    claim = world.exam(number="020088999999", ma_lk="Y", source="insurance")
    world.db.execute("UPDATE exam.encounter SET ma_lk = 'X' WHERE encounter_id = %s", [claim])
    run()
    decide(world.case(check_up), "not_the_same", "officer", person)
    decide(world.case(claim), "link", "officer", person)
    assert world.entries() == {claim: person}
    with pytest.raises(RefusedInputError):
        unlink(check_up, "officer")
