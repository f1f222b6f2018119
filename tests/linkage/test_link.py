"""Which exam goes into whose health book, and what waits for a person."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Any

import psycopg
import pytest

from people import add_file, add_former, add_person
from sangloc.intake import name_fold, name_key
from sangloc.linkage import link

BORN = date(1988, 5, 20)
NUMBER = "020088000003"
NAME = "Hoàng Văn Thí"


class World:
    """People on the roster and their exams, written straight into the tables."""

    def __init__(self, warehouse: psycopg.Connection) -> None:
        self.warehouse = warehouse
        self.file_id = add_file(warehouse, kind="exam")
        self.exams = 0

    def _id(self, statement: str, values: dict[str, Any] | None = None) -> int:
        row = self.warehouse.execute(statement, values).fetchone()
        assert row is not None
        return int(row[0])

    def person(
        self,
        name: str = NAME,
        number: str | None = NUMBER,
        born: date = BORN,
        precision: str = "day",
        guardian: str | None = None,
        province: str = "20",
    ) -> int:
        return add_person(
            self.warehouse,
            province_code=province,
            commune_code="05977",
            citizen_id=number,
            full_name=name,
            birth_date=born,
            birth_precision=precision,
            guardian_citizen_id=guardian,
        )

    def exam(
        self,
        name: str = NAME,
        number: str | None = NUMBER,
        born: date = BORN,
        precision: str = "day",
        guardian: str | None = None,
        ma_lk: str | None = None,
        province: str = "20",
    ) -> int:
        """A new current version of the exam `ma_lk`, or a new exam."""
        self.exams += 1
        ma_lk = ma_lk or f"L-{self.exams}"
        self.warehouse.execute(
            "UPDATE exam.encounter SET is_current = FALSE WHERE ma_lk = %s AND province_code = %s", [ma_lk, province]
        )
        return self._id(
            "INSERT INTO exam.encounter (province_code, file_id, source, facility_code, ma_lk, version, is_current, "
            "content_hash, form, code_set_version, exam_date, concluded_at, received_at, full_name, name_key, "
            "name_fold, birth_date, birth_precision, citizen_id, guardian_citizen_id) VALUES (%(province)s, %(file)s, "
            "'screening', '20001', %(ma_lk)s, (SELECT count(*) + 1 FROM exam.encounter WHERE ma_lk = %(ma_lk)s), TRUE, "
            "%(hash)s, '18_plus', 'QD2062', '2026-08-10', now(), now(), %(name)s, %(key)s, %(fold)s, %(born)s, "
            "%(precision)s, %(number)s, %(guardian)s) RETURNING encounter_id",
            {
                "number": number, "name": name, "key": name_key(name), "fold": name_fold(name), "born": born,
                "precision": precision, "guardian": guardian, "file": self.file_id, "ma_lk": ma_lk,
                "hash": str(self.exams), "province": province,
            },
        )  # fmt: skip

    def entries(self) -> dict[int, int]:
        """Exam -> person, of every entry."""
        return dict(
            self.warehouse.execute(
                "SELECT n.encounter_id, b.person_id FROM health_book.entry AS n JOIN health_book.book AS b USING (book_id)"
            ).fetchall()
        )

    def review(self, encounter_id: int) -> tuple[str, str, list[int]] | None:
        """(state, reason, candidates) of an exam's review."""
        return self.warehouse.execute(
            "SELECT state, reason_code, candidate_person_ids FROM health_book.review WHERE encounter_id = %s",
            [encounter_id],
        ).fetchone()

    def dump(self) -> list[Any]:
        return [
            self.warehouse.execute(f"SELECT *, xmin FROM health_book.{table} ORDER BY 1").fetchall()  # noqa: S608
            for table in ("book", "entry", "review")
        ]


@pytest.fixture
def world(warehouse: psycopg.Connection, province: str) -> World:
    return World(warehouse)


def run(run_id: str = "run-1") -> dict[str, int]:
    return link("lang_son", run_id)


@pytest.mark.parametrize(
    "name",
    [
        NAME,
        "HOÀNG VĂN THÍ",
        " hoàng  văn thí",
        unicodedata.normalize("NFD", NAME),
    ],
)
def test_number_birth_and_name_agree(world: World, name: str) -> None:
    person, exam = world.person(), world.exam(name)
    assert run() == {
        "encounters": 1, "linked": 1, "in_review": 0, "books": 1, "new_links": 1, "new_reviews": 0,
        "no_longer_agrees": 0, "changed": 1,
    }  # fmt: skip
    assert world.entries() == {exam: person}
    row = world.warehouse.execute("SELECT method, match_probability, model_version, run_id FROM health_book.entry").fetchone()
    assert row == ("identifier_birth_name", 1.0, "rules-1", "run-1")


@pytest.mark.parametrize(("roster", "sent"), [("Nông Thị Hoà", "NÔNG THỊ HÒA"), ("Đỗ Thúy Quỳnh", "Đỗ Thuý Quỳnh")])
def test_the_place_of_the_tone_mark_does_not_matter(world: World, roster: str, sent: str) -> None:
    world.person(roster)
    world.exam(sent)
    assert run()["linked"] == 1


def test_two_exams_of_one_person_share_a_book(world: World) -> None:
    world.person()
    world.exam()
    world.exam()
    counts = run()
    assert (counts["linked"], counts["books"]) == (2, 1)


@pytest.mark.parametrize(
    ("reason", "exam", "found"),
    [
        ("no_number", {"number": None}, True),
        ("no_number", {"number": None, "name": "Ai Đó"}, False),
        ("number_unknown", {"number": "020088999999"}, True),
        ("number_unknown", {"number": "020088999999", "name": "Hoang Van Thi"}, True),
        ("not_on_roster", {"number": "020088999999", "name": "Ai Đó"}, False),
        ("name_differs", {"name": "Hoàng Văn Thị"}, True),
        ("name_differs", {"name": "Hoang Van Thi"}, True),
        ("birth_date_differs", {"born": date(1988, 5, 2)}, True),
        ("name_and_birth_date_differ", {"name": "Ai Đó", "born": date(1960, 1, 1)}, True),
        ("birth_date_imprecise", {"born": date(1988, 1, 1), "precision": "year"}, True),
        ("guardian_number", {"guardian": NUMBER}, True),
        ("guardian_number", {"number": None, "guardian": "020060000001"}, True),
    ],
)
def test_everything_else_waits_with_its_reason(world: World, reason: str, exam: dict[str, Any], found: bool) -> None:
    person = world.person()
    encounter = world.exam(**exam)
    counts = run()
    assert (counts["linked"], counts["in_review"], counts["new_reviews"], counts["books"]) == (0, 1, 1, 0)
    assert world.review(encounter) == ("open", reason, [person] if found else [])


def test_a_birth_year_on_the_roster_is_not_a_birth_date(world: World) -> None:
    world.person(born=date(1988, 1, 1), precision="year")
    encounter = world.exam(born=date(1988, 1, 1))
    run()
    assert world.review(encounter)[1] == "birth_date_imprecise"  # type: ignore[index]


def test_twins_are_told_apart_by_number_and_never_by_birth(world: World) -> None:
    born = date(2015, 6, 1)
    one = world.person("Vi Thị Hoa", "020315000001", born, guardian=NUMBER)
    two = world.person("Vi Thị Hoà", "020315000002", born, guardian=NUMBER)
    first = world.exam("Vi Thị Hoa", "020315000001", born)
    second = world.exam("VI THỊ HÒA", "020315000002", born)
    without = world.exam("VI THI HOA", None, born)
    swapped = world.exam("Vi Thị Hoa", "020315000002", born)
    run()
    assert world.entries() == {first: one, second: two}
    assert world.review(without) == ("open", "no_number", [one, two])
    assert world.review(swapped) == ("open", "name_differs", [two, one])


def test_namesakes_born_on_one_day(world: World) -> None:
    one, two = world.person(number="020088000001"), world.person(number="020088000002")
    exam, without = world.exam(number="020088000002"), world.exam(number=None)
    run()
    assert world.entries() == {exam: two}
    assert world.review(without) == ("open", "no_number", [one, two])


def test_father_and_son_of_one_name(world: World) -> None:
    father = world.person("Hoàng Văn Thí", "020060000001", date(1960, 5, 20))
    world.person("Hoàng Văn Thí", None, BORN)
    exam = world.exam("Hoàng Văn Thí", "020060000001", BORN)
    run()
    assert world.entries() == {}
    state, reason, candidates = world.review(exam) or ("", "", [])
    assert (state, reason, candidates[0]) == ("open", "birth_date_differs", father)
    assert len(candidates) == 2


def test_a_child_with_the_guardians_number_is_offered_the_guardians_children(world: World) -> None:
    world.person("Vi Thị Mẹ", "020188000009", date(1988, 1, 1))
    child = world.person("Vi Văn Con", "020224000001", date(2024, 3, 15), guardian="020188000009")
    other = world.person("Vi Văn Em", None, date(2025, 3, 15), guardian="020188000009")
    exam = world.exam("Vi Văn Con Cưng", None, date(2024, 3, 15), guardian="020188000009")
    run()
    assert world.review(exam) == ("open", "guardian_number", [child])
    assert other not in (world.review(exam) or ("", "", []))[2]


def test_one_number_of_two_people_in_full_agreement(world: World) -> None:
    people = [world.person(), world.person()]
    exam = world.exam()
    run()
    assert world.review(exam) == ("open", "several_candidates", people)


def test_no_more_than_five_candidates(world: World) -> None:
    for _ in range(7):
        world.person(number=None)
    exam = world.exam(number=None)
    run()
    assert len((world.review(exam) or ("", "", []))[2]) == 5


def test_an_earlier_number_of_a_person_counts(world: World) -> None:
    person = world.person(number="020088000099")
    add_former(world.warehouse, person, "citizen_id", NUMBER)
    exam = world.exam()
    run()
    assert world.entries() == {exam: person}


def test_people_of_another_province_do_not_count(world: World) -> None:
    from sangloc import provinces
    from sangloc.warehouse import transaction

    with transaction() as connection:
        provinces.register(connection, "thai_nguyen")
    world.person(province="19")
    exam = world.exam()
    run()
    assert world.review(exam) == ("open", "not_on_roster", [])


def test_a_second_run_changes_nothing(world: World) -> None:
    world.person()
    world.exam()
    world.exam(number=None)
    run()
    before = world.dump()
    counts = run("run-2")
    assert (counts["changed"], counts["new_links"], counts["new_reviews"]) == (0, 0, 0)
    assert world.dump() == before


def test_exams_that_arrive_before_the_roster(world: World) -> None:
    exam, unsure = world.exam(), world.exam(number=None)
    assert run()["in_review"] == 2
    assert world.review(exam) == ("open", "not_on_roster", [])
    person = world.person()
    counts = run("run-2")
    assert (counts["new_links"], counts["in_review"], counts["new_reviews"]) == (1, 1, 0)
    assert world.entries() == {exam: person}
    assert world.review(exam) == ("superseded", "not_on_roster", [])
    assert world.review(unsure) == ("open", "no_number", [person])


def test_an_entry_moves_to_the_newer_version(world: World) -> None:
    person = world.person()
    world.exam(ma_lk="A")
    run()
    (entry,) = world.warehouse.execute("SELECT entry_id FROM health_book.entry").fetchall()
    newer = world.exam("HOÀNG VĂN THÍ", ma_lk="A")
    counts = run("run-2")
    assert (counts["linked"], counts["new_links"], counts["changed"], counts["books"]) == (1, 0, 1, 1)
    assert world.entries() == {newer: person}
    assert world.warehouse.execute("SELECT entry_id FROM health_book.entry").fetchall() == [entry]


def test_an_entry_goes_when_the_newer_version_does_not_link(world: World) -> None:
    person = world.person()
    older = world.exam(ma_lk="A")
    run()
    newer = world.exam(number=None, ma_lk="A")
    counts = run("run-2")
    assert (counts["linked"], counts["in_review"]) == (0, 1)
    assert world.review(older) is None
    assert world.review(newer) == ("open", "no_number", [person])
    # And back again: the first version is sent once more.
    world.warehouse.execute("UPDATE exam.encounter SET is_current = FALSE")
    world.warehouse.execute("UPDATE exam.encounter SET is_current = TRUE WHERE encounter_id = %s", [older])
    run("run-3")
    assert world.entries() == {older: person}
    assert world.review(newer) == ("superseded", "no_number", [person])


def test_an_entry_goes_to_another_person_with_the_newer_version(world: World) -> None:
    world.person()
    other = world.person("Lý Thị Ví", "020188000004", BORN)
    world.exam(ma_lk="A")
    run()
    newer = world.exam("Lý Thị Ví", "020188000004", ma_lk="A")
    run("run-2")
    assert world.entries() == {newer: other}


@pytest.mark.parametrize("state", ["not_the_same", "new_person"])
def test_what_a_person_decided_stays(world: World, state: str) -> None:
    exam = world.exam(ma_lk="A")
    run()
    world.warehouse.execute("UPDATE health_book.review SET state = %s, decided_by = 'officer', decided_at = now()", [state])
    world.person()
    assert run("run-2")["changed"] == 0
    assert world.entries() == {}
    newer = world.exam("HOÀNG VĂN THÍ", ma_lk="A")
    run("run-3")
    assert world.entries() == {}
    assert world.review(exam) is None
    assert (world.review(newer) or ("",))[0] == state
    # Another identity is another question.
    changed = world.exam(number="020088000004", ma_lk="A")
    run("run-4")
    assert (world.review(changed) or ("",))[0] == "open"
    assert (world.review(newer) or ("",))[0] == state


def test_a_link_made_by_a_person_moves_with_an_unchanged_identity(world: World) -> None:
    person = world.person()
    world.exam(number=None, ma_lk="A")
    run()
    world.warehouse.execute("UPDATE health_book.review SET state = 'linked', decided_by = 'officer'")
    world.warehouse.execute(
        "INSERT INTO health_book.book (person_id, province_code, created_at) VALUES (%s, '20', now())", [person]
    )
    world.warehouse.execute(
        "INSERT INTO health_book.entry (book_id, encounter_id, method, match_probability, model_version, linked_at, "
        "run_id) SELECT book_id, encounter_id, 'review', 1, 'officer', now(), 'x' FROM health_book.book, "
        "health_book.review"
    )
    newer = world.exam(number=None, ma_lk="A")
    counts = run("run-2")
    assert (counts["linked"], counts["in_review"], counts["new_links"]) == (1, 0, 0)
    assert world.entries() == {newer: person}
    assert (world.review(newer) or ("",))[0] == "linked"


def test_nothing_to_do_in_an_empty_province(world: World) -> None:
    assert set(run().values()) == {0}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("name_key = 'x y', name_fold = 'x y'", "name_differs"),
        ("birth_date = '1988-05-21'", "birth_date_differs"),
        ("birth_precision = 'year'", "birth_date_imprecise"),
        ("citizen_id = '020088000077'", "number_unknown"),
        ("citizen_id = NULL", "number_unknown"),
    ],
)
def test_an_entry_by_rule_ends_when_its_person_no_longer_meets_the_rule(world: World, change: str, reason: str) -> None:
    person, bystander = world.person(), world.person("Lý Thị Ví", "020188000004")
    exam, other = world.exam(), world.exam("Lý Thị Ví", "020188000004")
    run()
    assert run("run-2")["no_longer_agrees"] == 0
    world.warehouse.execute(f"UPDATE roster.person SET {change} WHERE person_id = %s", [person])  # noqa: S608
    counts = run("run-3")
    assert (counts["no_longer_agrees"], counts["new_reviews"], counts["changed"], counts["linked"]) == (1, 1, 2, 1)
    assert world.entries() == {other: bystander}
    assert world.review(exam) == ("open", reason, [person])
    before = world.dump()
    assert run("run-4")["changed"] == 0
    assert world.dump() == before


def test_an_entry_by_rule_goes_to_whom_the_number_belongs_now(world: World) -> None:
    person = world.person()
    exam = world.exam()
    run()
    world.warehouse.execute("UPDATE roster.person SET citizen_id = '020088000077' WHERE person_id = %s", [person])
    right = world.person()
    counts = run("run-2")
    assert (counts["no_longer_agrees"], counts["new_links"], counts["in_review"]) == (1, 1, 0)
    assert world.entries() == {exam: right}
    assert run("run-3")["changed"] == 0


@pytest.mark.parametrize("earlier", [True, False])
def test_an_entry_by_rule_ends_when_a_second_person_agrees_as_well(world: World, earlier: bool) -> None:
    person = world.person()
    exam = world.exam()
    run()
    second = world.person(number="020088000099" if earlier else NUMBER)
    if earlier:
        add_former(world.warehouse, second, "citizen_id", NUMBER)
    assert run("run-2")["no_longer_agrees"] == 1
    assert world.entries() == {}
    assert world.review(exam) == ("open", "several_candidates", [person, second])


def test_an_earlier_number_keeps_the_entry_by_rule(world: World) -> None:
    person = world.person()
    exam = world.exam()
    run()
    add_former(world.warehouse, person, "citizen_id", NUMBER)
    world.warehouse.execute("UPDATE roster.person SET citizen_id = '020088000077'")
    assert run("run-2")["changed"] == 0
    assert world.entries() == {exam: person}


def test_whoever_left_the_roster_keeps_the_book(world: World) -> None:
    person = world.person()
    exam = world.exam()
    run()
    world.warehouse.execute("DELETE FROM roster.person")
    assert run("run-2")["changed"] == 0
    assert world.entries() == {exam: person}


@pytest.mark.parametrize("by", ["method", "state"])
def test_an_entry_a_person_stands_for_is_not_checked_again(world: World, by: str) -> None:
    person = world.person()
    exam = world.exam()
    unsure = world.exam(number=None)
    run()
    if by == "method":
        world.warehouse.execute("UPDATE health_book.entry SET method = 'review'")
    else:
        world.warehouse.execute("UPDATE health_book.review SET state = 'linked', encounter_id = %s", [exam])
        world.warehouse.execute("DELETE FROM exam.encounter WHERE encounter_id = %s", [unsure])
    world.warehouse.execute("UPDATE roster.person SET birth_date = '1990-01-01'")
    assert run("run-2")["no_longer_agrees"] == 0
    assert world.entries() == {exam: person}


def test_versions_of_another_province_have_nothing_to_do_with_ours(world: World) -> None:
    from sangloc import provinces
    from sangloc.warehouse import transaction

    with transaction() as connection:
        provinces.register(connection, "thai_nguyen")
    world.person()
    world.exam(ma_lk="A")
    theirs = world.exam(number=None, ma_lk="A", province="19")
    unsure = world.exam(number=None, ma_lk="B")
    run()
    # An officer decided here, and linked; then both exams get a newer version in the other province.
    world.warehouse.execute("UPDATE health_book.entry SET method = 'review'")
    world.warehouse.execute(
        "UPDATE health_book.review SET state = 'not_the_same', decided_by = 'officer' WHERE encounter_id = %s", [unsure]
    )
    world.warehouse.execute("UPDATE exam.encounter SET is_current = FALSE WHERE province_code = '20'")
    world.exam(ma_lk="A", province="19")
    b = world.exam(number=None, ma_lk="B", province="19")
    run("run-2")
    assert world.entries() == {}
    assert (world.review(unsure) or ("",))[0] == "not_the_same"
    assert world.review(theirs) is None
    assert world.review(b) is None
