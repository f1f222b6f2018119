"""Two ids that are one human being, and one that is two: the books follow, and the way back is open."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from sangloc.errors import RefusedInputError
from sangloc.health_book import decide, merge_people, open_books, split_person
from sangloc.linkage import link

FIRST, SECOND = "020088000001", "020088000002"
OTHER_BIRTH = date(1989, 5, 20)


@pytest.fixture
def two(world: Any) -> tuple[int, int, int, int]:
    """Two people with an exam each in their books."""
    one, other = world.person(number=FIRST), world.person(number=SECOND, born=OTHER_BIRTH)
    exams = world.exam(number=FIRST), world.exam(number=SECOND, born=OTHER_BIRTH)
    link("lang_son", "run")
    assert world.entries() == dict(zip(exams, (one, other), strict=True))
    return one, other, *exams


def test_merging_carries_the_book_along_and_later_exams_too(world: Any, two: tuple[int, int, int, int]) -> None:
    one, other, first, second = two
    assert merge_people(one, other, "officer") == 1
    assert world.entries() == {first: one, second: one}
    assert world.one("SELECT end_reason, ended_by FROM health_book.entry_past") == ("merged", "officer")
    later = world.exam(number=SECOND, born=OTHER_BIRTH)
    link("lang_son", "run")
    assert world.entries()[later] == one
    assert world.one("SELECT count(*) FROM roster.person") == 2
    # The year counts the person once.
    assert world.all("SELECT person_id, records FROM stats.coverage") == [(one, 3)]


def test_a_merge_is_taken_back(world: Any, two: tuple[int, int, int, int]) -> None:
    one, other, first, second = two
    merge_people(one, other, "officer")
    later = world.exam(number=SECOND, born=OTHER_BIRTH)
    own = world.exam(number=FIRST)
    link("lang_son", "run")
    assert split_person(one, other, "officer") == 2
    assert world.entries() == {first: one, own: one, second: other, later: other}
    assert link("lang_son", "run")["changed"] == 0
    assert world.all("SELECT merged_by, ended_by FROM health_book.person_merge") == [("officer", "officer")]
    with pytest.raises(RefusedInputError, match="not merged"):
        split_person(one, other, "officer")


def test_what_is_the_kept_persons_own_by_now_stays_when_a_merge_is_taken_back(
    world: Any, two: tuple[int, int, int, int]
) -> None:
    one, other, first, _ = two
    merge_people(one, other, "officer")
    # The facility had sent it under the wrong identity.
    newer = world.exam(number=FIRST, ma_lk="L-2")
    link("lang_son", "run")
    assert split_person(one, other, "officer") == 0
    assert world.entries() == {first: one, newer: one}


def test_who_was_merged_into_the_dropped_one_goes_along(world: Any, two: tuple[int, int, int, int]) -> None:
    one, other, first, second = two
    third = world.person(number="020088000005", born=date(1990, 1, 1))
    exam = world.exam(number="020088000005", born=date(1990, 1, 1))
    link("lang_son", "run")
    merge_people(other, third, "officer")
    merge_people(one, other, "officer")
    assert world.entries() == {first: one, second: one, exam: one}
    with pytest.raises(RefusedInputError, match="already"):
        merge_people(third, one, "officer")
    split_person(one, third, "officer")
    assert world.entries() == {first: one, second: one, exam: third}


def test_who_went_along_comes_back_along(world: Any, two: tuple[int, int, int, int]) -> None:
    one, other, first, second = two
    third, fourth = (world.person(number=f"02008800000{digit}", born=date(1990, 1, digit)) for digit in (5, 6))
    exams = [world.exam(number=f"02008800000{digit}", born=date(1990, 1, digit)) for digit in (5, 6)]
    link("lang_son", "run")
    merge_people(third, fourth, "officer")
    merge_people(other, third, "officer")
    merge_people(one, other, "officer")
    assert set(world.entries().values()) == {one}
    split_person(one, other, "officer")
    assert world.entries() == {first: one} | dict.fromkeys((second, *exams), other)
    later = world.exam(number="020088000006", born=date(1990, 1, 6))
    link("lang_son", "run")
    assert world.entries()[later] == other
    split_person(other, third, "officer")
    assert world.entries() == {first: one, second: other} | dict.fromkeys((*exams, later), third)
    split_person(third, fourth, "officer")
    assert world.entries() == {first: one, second: other, exams[0]: third, exams[1]: fourth, later: fourth}
    assert link("lang_son", "run")["changed"] == 0


def test_named_exams_are_somebody_elses_for_ever(world: Any, two: tuple[int, int, int, int]) -> None:
    one, other, first, _ = two
    newer = world.exam(number=FIRST, ma_lk="L-1")
    assert split_person(one, other, "officer", [newer]) == 1
    assert world.entries()[first] == other and world.never() == [("L-1", one)]
    link("lang_son", "run")
    assert world.entries()[newer] == other
    assert world.all("SELECT answer, reason_code FROM health_book.decision") == [("split", "identifier_birth_name")]
    with pytest.raises(RefusedInputError, match="not in the book"):
        split_person(one, other, "officer", [newer])


def test_nobody_is_merged_against_a_decision(world: Any, two: tuple[int, int, int, int]) -> None:
    one, other, _, second = two
    split_person(other, one, "officer", [second])
    with pytest.raises(RefusedInputError, match="by decision"):
        merge_people(one, other, "officer")


def test_open_cases_show_the_kept_person(world: Any) -> None:
    one, other, exam = world.person(number=FIRST), world.person(number=SECOND), world.exam()
    link("lang_son", "run")
    merge_people(one, other, "officer")
    assert world.review(exam) == ("open", [one])
    decide(world.case(exam), "link", "officer", one)
    assert world.entries() == {exam: one}


def test_people_of_two_provinces_and_unknown_people_are_not_merged(world: Any) -> None:
    one = world.person()
    world.db.execute("INSERT INTO ref.province VALUES ('31', 'hai_phong', 'x', 1, 'x', '2026-11-01')")
    away = world.person(number=SECOND, province_code="31")
    for other in (away, 99_999, one):
        with pytest.raises(RefusedInputError):
            merge_people(one, other, "officer")


def test_the_yearly_run_opens_a_book_for_everyone_once(world: Any, two: tuple[int, int, int, int]) -> None:
    one, other, *_ = two
    new = [world.person(number=f"02008800001{digit}") for digit in range(3)]
    elsewhere = world.person(number="020088000020", commune_code="05983")
    merge_people(one, new[0], "officer")
    assert open_books("lang_son", "05977", "r1") == {"opened": 2}
    assert open_books("lang_son", "05977", "r2") == {"opened": 0}
    books = world.all("SELECT person_id, opened_by FROM health_book.book ORDER BY 1")
    assert books == [(one, "entry"), (other, "entry"), (new[1], "yearly"), (new[2], "yearly")]
    assert open_books("lang_son", "05983", "r2") == {"opened": 1}
    world.person(number="020088000030")
    assert open_books("lang_son", "05977", "r3") == {"opened": 1}
    assert world.all("SELECT commune_code, year, people, opened, run_id FROM health_book.creation ORDER BY 1") == [
        ("05977", 2026, 6, 3, "r3"),
        ("05983", 2026, 1, 1, "r2"),
    ]
    assert world.one("SELECT count(*) FROM health_book.book WHERE person_id = %s", elsewhere) == 1


def test_whoever_moves_brings_the_book_along(world: Any) -> None:
    person = world.person()
    open_books("lang_son", "05977", "r1")
    world.db.execute("UPDATE roster.person SET commune_code = '05983' WHERE person_id = %s", [person])
    assert open_books("lang_son", "05983", "r2") == {"opened": 0}
