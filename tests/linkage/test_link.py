"""Which exam goes into whose health book by rule, what stays when it is sent again, and what a run looks at."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Any, Literal

import psycopg
import pytest

from linkage.conftest import BORN, NUMBER, World
from people import add_former
from sangloc.errors import WarehouseError
from sangloc.health_book import decide, unlink


def test_number_birth_and_name_agree(world: World) -> None:
    person, exam = world.person(), world.exam()
    assert world.run() == {
        "encounters": 1, "linked": 1, "in_review": 0, "not_on_roster": 0, "books": 1, "new_links": 1, "by_model": 0,
        "new_reviews": 0, "re_examined": 0, "no_longer_agrees": 0, "changed": 1,
    }  # fmt: skip
    assert world.entries() == {exam: person}
    row = world.warehouse.execute("SELECT method, match_probability, model_version, run_id FROM health_book.entry").fetchone()
    assert row == ("identifier_birth_name", 1.0, "rules-4", "run-1")


def test_case_spacing_form_and_the_place_of_the_tone_mark_do_not_matter(world: World) -> None:
    world.person("Đỗ Thúy Hoà")
    sent = ("ĐỖ THÚY HOÀ", " đỗ  thúy hoà", unicodedata.normalize("NFD", "Đỗ Thúy Hoà"), "Đỗ Thuý Hòa")
    exams = [world.exam(name) for name in sent]
    world.run()
    assert [world.method(exam) for exam in exams] == ["identifier_birth_name"] * 4


def test_two_exams_of_one_person_share_a_book(world: World) -> None:
    world.person()
    world.exam()
    world.exam()
    counts = world.run()
    assert (counts["linked"], counts["books"]) == (2, 1)


def test_an_earlier_number_of_a_person_counts(world: World) -> None:
    person = world.person(number="020088000099")
    add_former(world.warehouse, person, "citizen_id", NUMBER)
    exam = world.exam()
    world.run()
    assert world.entries() == {exam: person}
    assert world.method(exam) == "identifier_birth_name"


def test_one_number_of_two_people_in_full_agreement(world: World) -> None:
    people = [world.person(), world.person()]
    exam = world.exam()
    world.run()
    assert world.review(exam) == ("open", "several_candidates", people)


def test_people_of_another_province_do_not_count(world: World) -> None:
    from sangloc import provinces
    from sangloc.warehouse import transaction

    with transaction() as connection:
        provinces.register(connection, "thai_nguyen")
    world.person(province="19")
    exam = world.exam()
    counts = world.run()
    assert world.review(exam) == ("open", "not_on_roster", [])
    assert (counts["in_review"], counts["not_on_roster"]) == (0, 1)


def test_a_second_run_changes_nothing(world: World) -> None:
    world.person()
    world.exam()
    world.exam(number=None)
    world.exam("Ai Đó", None)
    world.run()
    before = world.dump()
    counts = world.run("run-2")
    assert (counts["changed"], counts["new_links"], counts["new_reviews"], counts["re_examined"]) == (0, 0, 0, 0)
    assert world.dump() == before


def test_a_run_that_fails_leaves_nothing_and_the_next_does_the_same(world: World) -> None:
    world.person()
    exam = world.exam()
    world.exam("Ai Đó", None)
    world.warehouse.execute("ALTER TABLE health_book.review ADD CONSTRAINT stop CHECK (FALSE)")
    with pytest.raises(WarehouseError) as failure:
        world.run()
    assert "Ai Đó" not in str(failure.value)
    assert world.dump() == [[], [], []]
    assert world.warehouse.execute("SELECT count(*) FROM health_book.seen").fetchone() == (0,)
    world.warehouse.execute("ALTER TABLE health_book.review DROP CONSTRAINT stop")
    assert world.run()["changed"] == 2
    assert list(world.entries()) == [exam]


def test_exams_that_arrive_before_the_roster(world: World) -> None:
    exam, unsure = world.exam(), world.exam("Hoàng Văn Bí", None)
    assert world.run()["not_on_roster"] == 2
    assert world.review(exam) == ("open", "not_on_roster", [])
    person = world.person()
    counts = world.run("run-2")
    assert (counts["new_links"], counts["in_review"], counts["new_reviews"]) == (1, 1, 0)
    assert world.entries() == {exam: person}
    assert world.review(exam) == ("superseded", "not_on_roster", [])
    assert world.review(unsure) == ("open", "no_number", [person])


def test_an_entry_moves_to_the_newer_version(world: World) -> None:
    person = world.person()
    world.exam(ma_lk="A")
    world.run()
    (entry,) = world.warehouse.execute("SELECT entry_id FROM health_book.entry").fetchall()
    newer = world.exam("HOÀNG VĂN THÍ", ma_lk="A")
    counts = world.run("run-2")
    assert (counts["linked"], counts["new_links"], counts["changed"], counts["books"]) == (1, 0, 1, 1)
    assert world.entries() == {newer: person}
    assert world.warehouse.execute("SELECT entry_id FROM health_book.entry").fetchall() == [entry]


def test_an_entry_goes_when_the_newer_version_does_not_link(world: World) -> None:
    person = world.person()
    older = world.exam(ma_lk="A")
    world.run()
    newer = world.exam("Ai Đó", None, ma_lk="A")
    counts = world.run("run-2")
    assert (counts["linked"], counts["in_review"] + counts["not_on_roster"]) == (0, 1)
    assert world.review(older)[0] == ""
    assert world.review(newer)[0] == "open"
    world.again(older)
    world.run("run-3")
    assert world.entries() == {older: person}
    assert world.review(newer)[0] == "superseded"


def test_an_entry_goes_to_another_person_with_the_newer_version(world: World) -> None:
    world.person()
    other = world.person("Lý Thị Ví", "020188000004")
    world.exam(ma_lk="A")
    world.run()
    newer = world.exam("Lý Thị Ví", "020188000004", ma_lk="A")
    world.run("run-2")
    assert world.entries() == {newer: other}


@pytest.mark.parametrize("answer", ["not_the_same", "new_person"])
def test_what_a_person_decided_stays(world: World, answer: Literal["not_the_same", "new_person"]) -> None:
    person = world.person(born=date(1970, 1, 1))
    exam = world.exam(ma_lk="A")
    world.run()
    assert world.review(exam)[2] == [person]
    decide(world.case(exam), answer, "officer")
    # The list says now what the exam says.
    world.change(person, f"birth_date = '{BORN}'")
    assert world.run("run-2")["changed"] == 0
    assert world.entries() == {}
    newer = world.exam("HOÀNG VĂN THÍ", ma_lk="A")
    world.run("run-3")
    assert world.entries() == {}
    assert world.review(exam)[0] == ""
    assert world.review(newer)[0] == answer
    # Another identity is another question.
    changed = world.exam("Ai Đó", "020088000004", ma_lk="A")
    world.run("run-4")
    assert world.review(changed)[0] == "open"
    assert world.review(newer)[0] == answer


@pytest.mark.parametrize("answer", ["not_the_same", "new_person"])
def test_who_was_on_no_list_is_linked_when_a_list_brings_them(
    world: World, answer: Literal["not_the_same", "new_person"]
) -> None:
    exam, unsure = world.exam(), world.exam("Lý Văn Sằn", None, phone=None, address=None)
    world.run()
    for each in (exam, unsure):
        decide(world.case(each), answer, "officer")
    person = world.person()
    like = world.person("Lý Văn Sằn", "020088000007", phone=None)
    world.run("run-2")
    assert world.entries() == {exam: person}
    assert world.review(exam)[0] == "superseded"
    assert world.review(unsure) == ("open", "no_number", [like])


def test_a_link_taken_back_waits_for_a_person_whoever_comes(world: World) -> None:
    wrong, exam = world.person(), world.exam(ma_lk="A")
    world.run()
    unlink(exam, "officer")
    assert world.run("run-2")["changed"] == 0
    right = world.person()
    world.run("run-3")
    assert (world.entries(), world.review(exam)) == ({}, ("open", "unlinked", [right]))
    newer = world.exam("HOÀNG VĂN THÍ", ma_lk="A")
    world.run("run-4")
    assert (world.entries(), world.review(newer)) == ({}, ("open", "unlinked", [right]))
    decide(world.case(newer), "link", "officer", right)
    assert world.run("run-5")["changed"] == 0
    assert world.entries() == {newer: right} and wrong != right


def test_a_link_made_by_a_person_moves_with_an_unchanged_identity_and_is_not_checked_again(world: World) -> None:
    person = world.person()
    world.exam("Ai Đó", None, ma_lk="A")
    world.run()
    world.warehouse.execute("UPDATE health_book.review SET state = 'linked', decided_by = 'officer'")
    world.warehouse.execute(
        "INSERT INTO health_book.book (person_id, province_code, created_at) VALUES (%s, '20', now())", [person]
    )
    world.warehouse.execute(
        "INSERT INTO health_book.entry (book_id, encounter_id, method, match_probability, model_version, linked_at, "
        "run_id) SELECT book_id, encounter_id, 'officer', 1, 'officer', now(), 'x' FROM health_book.book, "
        "health_book.review"
    )
    newer = world.exam("Ai Đó", None, ma_lk="A")
    counts = world.run("run-2")
    assert (counts["linked"], counts["in_review"], counts["new_links"]) == (1, 0, 0)
    assert world.entries() == {newer: person}
    assert world.review(newer)[0] == "linked"
    world.change(person, "birth_date = '1950-01-01'")
    assert world.run("run-3")["changed"] == 0
    assert world.entries() == {newer: person}


@pytest.mark.parametrize("sent", ["the same file again", "a new version"])
def test_a_link_made_by_a_person_returns_with_the_identity_it_was_about(world: World, sent: str) -> None:
    person, other = world.person(), world.person("Lý Thị Ví", "020188000004", date(1970, 2, 3))
    unsure: dict[str, Any] = {
        "name": "Hoàng Văn Thì",
        "number": None,
        "phone": None,
        "commune_code": None,
        "address": None,
        "sex": 2,
    }
    first = world.exam(**unsure, ma_lk="A")
    world.run()
    decide(world.case(first), "link", "officer", person)
    between = world.exam("Lý Thị Ví", "020188000004", date(1970, 2, 3), ma_lk="A")
    world.run("run-2")
    assert world.entries() == {between: other}
    if sent == "a new version":
        first = world.exam(**unsure, ma_lk="A")
    else:
        world.again(first)
    assert world.run("run-3")["linked"] == 1
    assert (world.entries(), world.method(first), world.review(first)[0]) == ({first: person}, "officer", "linked")
    assert world.run("run-4")["changed"] == 0


def test_a_link_made_by_a_person_does_not_return_against_a_later_decision(world: World) -> None:
    person = world.person()
    unsure: dict[str, Any] = {"number": None, "phone": None, "commune_code": None, "address": None, "sex": 2}
    first = world.exam("Hoàng Văn Thì", **unsure, ma_lk="A")
    world.run()
    decide(world.case(first), "link", "officer", person)
    between = world.exam("Hoàng Văn Thĩ", **unsure, ma_lk="A")
    world.run("run-2")
    decide(world.case(between), "not_the_same", "officer", person)
    world.again(first)
    world.run("run-3")
    assert (world.entries(), world.review(first)[:2]) == ({}, ("open", "unlinked"))


def test_nothing_to_do_in_an_empty_province(world: World) -> None:
    assert set(world.run().values()) == {0}


@pytest.mark.parametrize(
    "change",
    [
        "name_key = 'x y', name_fold = 'x y'",
        "birth_date = '1971-01-30'",
        "citizen_id = '020071999977', birth_date = '1971-01-30'",
    ],
)
def test_an_entry_ends_when_its_person_no_longer_agrees(world: World, change: str) -> None:
    person, bystander = world.person(), world.person("Lý Thị Ví", "020188000004", date(1970, 2, 3), household_no="13")
    exam, other = world.exam(), world.exam("Lý Thị Ví", "020188000004", date(1970, 2, 3))
    world.run()
    assert world.run("run-2")["re_examined"] == 0
    world.change(person, change)
    counts = world.run("run-3")
    assert (counts["re_examined"], counts["no_longer_agrees"], counts["new_reviews"], counts["linked"]) == (1, 1, 1, 1)
    assert world.entries() == {other: bystander}
    assert world.review(exam)[0] == "open"
    before = world.dump()
    assert world.run("run-4")["changed"] == 0
    assert world.dump() == before


def test_only_entries_that_a_change_can_touch_are_looked_at_again(world: World) -> None:
    namesake, other = world.person(), world.person("Lý Thị Ví", "020188000004", date(1970, 2, 3))
    exam, last = world.exam(), world.exam("Lý Thị Ví", "020188000004", date(1970, 2, 3))
    world.run()
    # Somebody of the same name and birth date can, a stranger cannot.
    world.person("Vi Văn Xa", "020060000009", date(1960, 6, 6))
    assert world.run("run-2")["re_examined"] == 0
    world.person(number="020088000055", phone=None, household_no="77")
    counts = world.run("run-3")
    assert (counts["re_examined"], counts["no_longer_agrees"], counts["changed"]) == (1, 0, 0)
    assert world.entries() == {exam: namesake, last: other}


def test_an_entry_goes_to_whom_the_number_belongs_now(world: World) -> None:
    person = world.person()
    exam = world.exam()
    world.run()
    world.change(person, "citizen_id = '020071999977', birth_date = '1971-01-30'")
    right = world.person()
    counts = world.run("run-2")
    assert (counts["no_longer_agrees"], counts["new_links"], counts["in_review"]) == (1, 1, 0)
    assert world.entries() == {exam: right}
    assert world.run("run-3")["changed"] == 0


@pytest.mark.parametrize("earlier", [True, False])
def test_an_entry_ends_when_a_second_person_agrees_as_well(world: World, earlier: bool) -> None:
    person = world.person()
    exam = world.exam()
    world.run()
    second = world.person(number="020088000099" if earlier else NUMBER)
    if earlier:
        add_former(world.warehouse, second, "citizen_id", NUMBER)
    assert world.run("run-2")["no_longer_agrees"] == 1
    assert world.entries() == {}
    state, reason, candidates = world.review(exam)
    assert (state, reason, sorted(candidates)) == ("open", "several_candidates", [person, second])


def test_an_earlier_number_keeps_the_entry_by_rule(world: World) -> None:
    person = world.person()
    exam = world.exam()
    world.run()
    add_former(world.warehouse, person, "citizen_id", NUMBER)
    world.change(person, "citizen_id = '020088000077'")
    counts = world.run("run-2")
    assert (counts["re_examined"], counts["changed"]) == (1, 0)
    assert world.entries() == {exam: person}


def test_whoever_left_the_roster_keeps_the_book(world: World) -> None:
    person = world.person()
    exam = world.exam()
    world.run()
    world.warehouse.execute("DELETE FROM roster.person")
    world.refresh()
    assert world.run("run-2")["changed"] == 0
    assert world.entries() == {exam: person}


def test_whoever_left_the_roster_keeps_the_corrected_exam_too(world: World) -> None:
    person = world.person()
    world.exam(ma_lk="A")
    world.run()
    world.warehouse.execute("DELETE FROM roster.person")
    world.refresh()
    newer = world.exam(ma_lk="A", result_class=2)
    world.run("run-2")
    assert (world.entries(), world.review(newer)) == ({newer: person}, ("", "", []))
    # Not when it says now that somebody else was examined.
    world.exam("Ai Đó", None, ma_lk="A")
    world.run("run-3")
    assert world.entries() == {}


def test_another_model_looks_at_open_cases_again_and_leaves_links_alone(world: World, warehouse: psycopg.Connection) -> None:
    world.person()
    exam, unsure = world.exam(), world.exam("Hoàng Văn Bí", None)
    world.run()
    warehouse.execute("UPDATE health_book.model_used SET model_version = 'older'")
    warehouse.execute("UPDATE health_book.review SET reason_code = 'older'")
    counts = world.run("run-2")
    assert (counts["re_examined"], counts["changed"]) == (0, 1)
    assert list(world.entries()) == [exam]
    assert world.review(unsure)[1] == "no_number"


def test_versions_of_another_province_have_nothing_to_do_with_ours(world: World) -> None:
    from sangloc import provinces
    from sangloc.warehouse import transaction

    with transaction() as connection:
        provinces.register(connection, "thai_nguyen")
    world.person()
    world.exam(ma_lk="A")
    theirs = world.exam(number=None, ma_lk="A", province="19")
    unsure = world.exam("Ai Đó", None, ma_lk="B")
    world.run()
    world.warehouse.execute("UPDATE health_book.entry SET method = 'officer'")
    world.warehouse.execute(
        "UPDATE health_book.review SET state = 'not_the_same', decided_by = 'officer' WHERE encounter_id = %s", [unsure]
    )
    b = world.exam("Ai Đó", None, ma_lk="B", province="19")
    before = world.dump()
    world.run("run-2")
    assert world.dump() == before
    assert world.review(theirs)[0] == world.review(b)[0] == ""
