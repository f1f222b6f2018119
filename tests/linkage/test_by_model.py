"""What the model links, what it leaves to a person, and what it never does."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from linkage.conftest import BORN, NAME, NUMBER, World
from people import add_former
from sangloc.linkage import model


def linked(world: World, exam: int) -> int | None:
    """Run, and whom the model linked the exam to."""
    world.run()
    assert world.method(exam) in ("", "splink")
    return world.entries().get(exam)


NO_DOUBT: tuple[dict[str, Any], ...] = (
    {"name": "HOANG VAN THI"},
    {"name": "Thí Hoàng Văn"},
    {"name": "Hoàng Thí"},
    {"name": "Hoàng Đức Thí"},
    {"name": "Hoàng Văn Thíh"},
    {"number": None},
    {"number": "020088000004"},
    {"number": "020088000030"},
    {"number": "123456789"},
    {"born": date(1988, 1, 1), "precision": "year"},
    {"born": date(1988, 5, 1), "precision": "month"},
    {"born": date(1988, 5, 2)},
    {"born": date(1988, 7, 5)},
    {"number": None, "born": date(1988, 1, 1), "precision": "year"},
    {"number": None, "name": "HOANG VAN THI"},
    {"phone": None, "name": "HOANG VAN THI", "commune_code": "06000", "address": "Xã Khác, Lạng Sơn"},
    {"number": None, "phone": None, "insurance_no": "GD4202000000001"},
    {"number": None, "phone": None, "insurance_no": "2000000001"},
    {"number": None, "phone": None, "insurance_no": NUMBER, "name": "HOANG VAN THI"},
)


def test_mistakes_that_leave_no_doubt(world: World) -> None:
    born = date(1988, 5, 7)
    person = world.person(insurance_no="2000000001", born=born)
    world.person("Hoàng Văn Bình", "020191000007", date(1991, 7, 3))
    exams = {world.exam(**{"born": born, **exam}): exam for exam in NO_DOUBT}
    world.run()
    entries = world.entries()
    assert [exam for number, exam in exams.items() if entries.get(number) != person] == []
    rows = world.warehouse.execute("SELECT method, match_probability, model_version FROM health_book.entry").fetchall()
    assert {(method, version) for method, _, version in rows} == {
        ("splink", model.load().version), ("identifier_birth_name", "rules-4")
    }  # fmt: skip
    assert min(probability for _, probability, _ in rows) > 0.999


def test_less_of_the_name_is_enough_with_number_and_birth_date(world: World) -> None:
    born = date(2026, 7, 1)
    child = world.person("Vi Thị Hòa", "020326000001", born, guardian="020188000009", sex=2)
    exams = [
        world.exam(name, "020326000001", born, guardian="020188000009", sex=2)
        for name in ("Con bà Vi Thị Mẹ", "Vi Thị Ha", "VI THI HAO")
    ]
    world.run()
    assert world.entries() == dict.fromkeys(exams, child)


def test_an_old_identity_number_the_person_is_known_by(world: World) -> None:
    person = world.person(phone=None)
    add_former(world.warehouse, person, "citizen_id", "123456789")
    assert linked(world, world.exam("Hoàng Văn Thíh", "123456789", phone=None)) == person


WITH_REASON: tuple[tuple[str, dict[str, Any]], ...] = (
    ("name_differs", {"name": "Nông Thị Khác"}),
    ("birth_date_differs", {"born": date(1971, 2, 3)}),
    ("no_number", {"number": None, "phone": None, "name": "Hoàng Văn Thì", "sex": 2, "commune_code": None, "address": None}),
    ("number_unknown", {"number": "020099123456", "phone": None, "commune_code": None, "address": None}),
)


def test_what_is_plausible_waits_with_its_reason(world: World) -> None:
    person = world.person()
    exams = [world.exam(**exam) for _, exam in WITH_REASON]
    counts = world.run()
    assert (counts["linked"], counts["in_review"]) == (0, len(exams))
    assert [world.review(exam) for exam in exams] == [("open", reason, [person]) for reason, _ in WITH_REASON]


def test_whoever_resembles_nobody_is_on_no_list(world: World) -> None:
    world.person()
    exams = [
        world.exam("Ai Đó", born=date(1960, 1, 1), phone="0309876543"),
        world.exam("Ai Đó", None, phone=None),
        world.exam("Ai Đó", "020088999999", date(1960, 1, 1)),
    ]
    counts = world.run()
    assert (counts["linked"], counts["in_review"], counts["not_on_roster"]) == (0, 0, 3)
    assert [world.review(exam) for exam in exams] == [
        ("open", reason, []) for reason in ("not_on_roster", "no_number", "not_on_roster")
    ]


# whom one may be taken for ------------------------------------------------------------------------------------------------

CHILD = date(2015, 6, 1)
MOTHER = "020188000009"


def test_twins(world: World) -> None:
    one = world.person("Vi Thị Hoa", "020315000001", CHILD, guardian=MOTHER, sex=2)
    two = world.person("Vi Thị Liên", "020315000002", CHILD, guardian=MOTHER, sex=2)
    first = world.exam("VI THI HOA", None, CHILD, guardian=MOTHER, sex=2)
    second = world.exam("Vi Thị Liên", None, CHILD, guardian=MOTHER, sex=2)
    # The other one's number: what name and number say contradicts each other.
    swapped = world.exam("Vi Thị Hoa", "020315000002", CHILD, guardian=MOTHER, sex=2)
    world.run()
    assert world.entries() == {first: one, second: two}
    state, reason, candidates = world.review(swapped)
    assert (state, reason, sorted(candidates)) == ("open", "several_candidates", [one, two])


def test_twins_whose_names_differ_in_a_tone_only(world: World) -> None:
    one = world.person("Vi Thị Hoa", "020315000001", CHILD, guardian=MOTHER, sex=2)
    two = world.person("Vi Thị Hoà", "020315000002", CHILD, guardian=MOTHER, sex=2)
    exam = world.exam("VI THI HOA", None, CHILD, guardian=MOTHER, sex=2)
    assert linked(world, exam) is None
    assert sorted(world.review(exam)[2]) == [one, two]


def test_a_twin_who_is_on_no_list_is_not_the_other_one(world: World) -> None:
    other = world.person("Vi Thị Hoa", "020315000001", CHILD, guardian=MOTHER, sex=2)
    exam = world.exam("Vi Thị Liên", None, CHILD, guardian=MOTHER, sex=2)
    assert linked(world, exam) is None
    assert world.review(exam) == ("open", "guardian_number", [other])


def test_a_twin_who_is_on_no_list_and_has_a_like_name_and_the_next_number(world: World) -> None:
    listed = world.person("Vi Thị Thu Hoa", "020315000001", CHILD, guardian=MOTHER, sex=2)
    twins = [world.exam(name, "020315000002", CHILD, guardian=MOTHER, sex=2) for name in ("Vi Thị Thu Hoà", "Vi Thị Xuân Hoa")]
    # A slip in the number alone, or in the number and all marks of the name left out.
    same = [world.exam(name, "020315000002", CHILD, guardian=MOTHER, sex=2) for name in ("Vi Thị Thu Hoa", "VI THI THU HOA")]
    world.run()
    assert world.entries() == dict.fromkeys(same, listed)
    assert [world.review(exam) for exam in twins] == [("open", "number_unknown", [listed])] * 2


def test_namesakes_in_one_village(world: World) -> None:
    near = world.person(born=date(1988, 1, 1), precision="year", number="020088000001", phone=None)
    far = world.person(born=date(1988, 1, 1), precision="year", number="020088000002", phone=None)
    without = world.exam(born=date(1988, 1, 1), precision="year", number=None)
    numbered = world.exam(born=date(1988, 1, 1), precision="year", number="020088000002")
    world.run()
    assert world.entries() == {numbered: far}
    state, reason, candidates = world.review(without)
    assert (state, reason, sorted(candidates)) == ("open", "several_candidates", [near, far])


def test_one_of_two_namesakes_leaves_the_roster(world: World) -> None:
    """Whose exam it was stays as unsure as before; a number still settles it."""
    gone, stays = (world.person(number=f"02008800000{digit}", phone=None, household_no=str(digit)) for digit in (1, 2))
    exam, numbered = world.exam(number=None, phone=None), world.exam(number=None, phone=None, ma_lk="B")
    world.run()
    world.warehouse.execute("DELETE FROM roster.person WHERE person_id = %s", [gone])
    world.refresh()
    world.run("run-2")
    assert (world.entries(), world.review(exam)) == ({}, ("open", "no_number", [stays, gone]))
    assert world.run("run-3")["changed"] == 0
    # What the village is called now changes nothing about who may be meant.
    world.change(stays, "village = 'Thôn Khác'")
    world.run("run-4")
    assert world.entries() == {}
    numbered = world.exam(number="020088000002", phone=None, ma_lk="B")
    world.run("run-5")
    assert world.entries() == {numbered: stays}


def test_the_number_of_somebody_who_left_is_not_a_namesakes(world: World) -> None:
    gone, stays = (world.person(number=f"0200880000{digit}1", household_no=str(digit)) for digit in (1, 9))
    add_former(world.warehouse, gone, "citizen_id", "020088000011")
    world.warehouse.execute("DELETE FROM roster.person WHERE person_id = %s", [gone])
    exam = world.exam(number="020088000011")
    world.run()
    assert (world.entries(), world.review(exam)) == ({}, ("open", "number_unknown", [stays]))
    # Who comes back under another id has the number again.
    again = world.person(number="020088000011")
    slipped = world.exam("Hoàng Văn Thíh", number="020088000011")
    world.run("run-2")
    assert world.entries() == {exam: again, slipped: again}


def test_father_and_son_of_one_name(world: World) -> None:
    father = world.person(NAME, "020060000001", date(1960, 5, 20))
    son = world.person(NAME, "020088000003", BORN)
    # The son's record with the father's number, and without any.
    wrong = world.exam(NAME, "020060000001", BORN)
    without = world.exam(NAME, None, BORN)
    world.run()
    assert father not in world.entries().values()
    assert world.entries().get(without) == son
    assert world.entries().get(wrong) in (None, son)


def test_a_child_never_goes_into_the_guardians_book(world: World) -> None:
    born = date(2019, 3, 15)
    mother = world.person("Vi Thị Mẹ", MOTHER, date(1988, 1, 1), sex=2)
    child = world.person("Vi Văn Con", None, born, guardian=MOTHER)
    # Even when name and birth date are the mother's: then it is not the mother who was examined.
    odd = world.exam("Vi Thị Mẹ", None, date(1988, 1, 1), guardian=MOTHER, sex=2)
    school = world.exam("Vi Văn Con", MOTHER, born)
    usual = world.exam("Vi Văn Con", None, born, guardian=MOTHER)
    world.run()
    assert world.entries()[usual] == child
    assert world.entries().get(school) in (None, child)
    assert world.entries().get(odd) is None
    assert mother not in world.review(odd)[2]
    assert mother not in world.entries().values()


def test_a_guardian_is_known_by_an_earlier_number_too(world: World) -> None:
    born = date(1988, 1, 1)
    mother = world.person("Vi Thị Mẹ", MOTHER, born, sex=2)
    add_former(world.warehouse, mother, "citizen_id", "123456789")
    numbers = (("123456789", MOTHER), (MOTHER, "123456789"), (None, "123456789"))
    exams = [world.exam("Vi Thị Mẹ", number, born, guardian=guardian, sex=2) for number, guardian in numbers]
    world.run()
    assert world.entries() == {}
    assert [world.review(exam)[2] for exam in exams] == [[], [], []]


def test_another_adult_of_the_household_came_along(world: World) -> None:
    born = date(2021, 3, 15)
    world.person("Vi Văn Cha", "020085000001", date(1985, 1, 1), household_no="9")
    child = world.person("Vi Văn Con", None, born, guardian=MOTHER, household_no="9", phone=None)
    exam = world.exam("Vi Văn Con", None, born, guardian="020085000001", phone=None)
    assert linked(world, exam) == child


def test_a_newborn_without_a_name_is_the_only_child_born_to_the_guardian_that_day(world: World) -> None:
    born = date(2026, 7, 1)
    child = world.person("Vi Văn Con", None, born, guardian=MOTHER)
    world.person("Vi Thị Mẹ", MOTHER, date(1988, 1, 1), sex=2)
    exams = [world.exam(name, None, born, guardian=MOTHER) for name in ("Con bà Vi Thị Mẹ", "CON BA VI THI ME")]
    assert world.run()["linked"] == 2
    assert world.entries() == dict.fromkeys(exams, child)


def test_a_newborn_without_a_name_and_with_a_twin_waits(world: World) -> None:
    born = date(2026, 7, 1)
    twins = [world.person(name, None, born, guardian=MOTHER) for name in ("Vi Văn Con", "Vi Văn Cả")]
    exam = world.exam("Con bà Vi Thị Mẹ", None, born, guardian=MOTHER)
    assert world.run()["linked"] == 0
    state, reason, candidates = world.review(exam)
    assert (state, reason, sorted(candidates)) == ("open", "several_candidates", twins)


def test_a_newborn_without_a_name_and_of_the_other_sex_waits(world: World) -> None:
    born = date(2026, 7, 1)
    child = world.person("Vi Văn Con", None, born, guardian=MOTHER, sex=1)
    girl, unknown = (world.exam("Con bà Vi Thị Mẹ", None, born, guardian=MOTHER, sex=sex) for sex in (2, 3))
    world.run()
    assert world.entries() == {unknown: child}
    assert world.review(girl) == ("open", "guardian_number", [child])


def test_a_newborn_without_a_name_whose_twin_comes_later_waits(world: World) -> None:
    born = date(2026, 7, 1)
    first = world.person("Vi Văn Con", None, born, guardian=MOTHER)
    exam = world.exam("Con bà Vi Thị Mẹ", None, born, guardian=MOTHER)
    named = world.exam("Vi Văn Con", None, born, guardian=MOTHER)
    world.run()
    assert world.entries() == {exam: first, named: first}
    second = world.person("Vi Văn Cả", None, born, guardian=MOTHER)
    assert world.run("run-2")["re_examined"] == 2
    assert world.entries() == {named: first}
    state, reason, candidates = world.review(exam)
    assert (state, reason, sorted(candidates)) == ("open", "several_candidates", [first, second])


def test_a_newborn_without_a_name_and_with_the_mothers_card_is_not_the_mother(world: World) -> None:
    born = date(1988, 1, 15)
    mother = world.person("Vi Thị Mẹ", MOTHER, born, sex=2)
    exam = world.exam("Con bà Vi Thị Mẹ", MOTHER, born, sex=2)
    assert world.run()["linked"] == 0
    assert world.review(exam) == ("open", "name_differs", [mother])


def test_a_newborn_without_a_name_of_another_guardian_waits(world: World) -> None:
    born = date(2026, 7, 1)
    child = world.person("Vi Văn Con", None, born, guardian=MOTHER)
    exam = world.exam("Con bà Vi Thị Mẹ", None, born, guardian="020190000003")
    assert world.run()["linked"] == 0
    assert world.review(exam) == ("open", "guardian_number", [child])


def test_a_number_that_belongs_to_somebody_else(world: World) -> None:
    owner = world.person("Lý Thị Ví", "020188000004", date(1970, 2, 3), household_no="99", phone="0309999999")
    person = world.person()
    exam = world.exam(number="020188000004")
    stranger = world.exam("Nông Văn Lạ", "020188000004", date(1999, 9, 9), phone=None)
    world.run()
    assert owner not in world.entries().values()
    assert world.entries().get(exam) in (None, person)
    assert world.entries().get(stranger) is None


def test_a_number_that_was_given_to_somebody_new(world: World) -> None:
    before = world.person(number="020088000077", phone="0301111111")
    add_former(world.warehouse, before, "citizen_id", NUMBER)
    now = world.person("Lý Thị Ví", NUMBER, date(1990, 1, 9), household_no="55", phone="0302222222", sex=2)
    exam = world.exam("Lý Thị Ví", NUMBER, date(1990, 1, 9), phone="0302222222", sex=2)
    world.run()
    assert world.entries() == {exam: now}


def test_no_more_than_five_candidates(world: World) -> None:
    for number in range(7):
        world.person(number=None, household_no=str(number))
    exam = world.exam(number=None)
    world.run()
    assert len(world.review(exam)[2]) == 5
    row = world.warehouse.execute("SELECT candidate_weights, model_version FROM health_book.review").fetchone()
    assert row is not None
    assert len(row[0]) == 5
    assert row[0] == sorted(row[0], reverse=True)
    assert row[1] == model.load().version


@pytest.mark.parametrize(
    ("sent", "second"),
    [
        # Born the day before and the day after what the record says.
        ({"born": date(1988, 5, 21)}, {"born": date(1988, 5, 22)}),
        # Two names that differ from the record's in a letter each.
        ({"name": "Hoàng Văn Thíh"}, {"name": "Hoàng Văn Thín"}),
    ],
)
def test_who_is_meant_as_well_by_an_inexact_record_calls_its_link_into_question(
    world: World, sent: dict[str, Any], second: dict[str, Any]
) -> None:
    first = world.person(number=None)
    exam = world.exam(number=None, **sent)
    world.run()
    assert world.entries() == {exam: first}
    other = world.person(number=None, household_no="31", **second)
    assert world.run("run-2")["re_examined"] == 1
    assert world.entries() == {}
    assert sorted(world.review(exam)[2]) == [first, other]


def test_the_margin_decides_between_two(world: World) -> None:
    """The same record, once with one candidate and once with a second one close behind."""
    first = world.person(number=None)
    exam = world.exam(number=None)
    world.run()
    assert world.entries() == {exam: first}
    second = world.person(number=None, household_no="31")
    world.run("run-2")
    assert world.entries() == {}
    assert world.review(exam) == ("open", "several_candidates", [first, second])
    world.change(second, "phone = '0309876543', birth_date = '1988-05-21'")
    world.run("run-3")
    assert world.entries() == {exam: first}
