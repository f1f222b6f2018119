"""A generated province's two months of lists, person by person, against the truth they were made from."""

from __future__ import annotations

import csv
import random
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest

from lists import read_list
from roster.conftest import Roster
from sangloc.provinces import communes
from sangloc.roster import age_groups, holds
from sangloc.sample import Summary, generate
from sangloc.sample.roster_files import HEADINGS

# With this seed everything that can happen to people in a month does happen.
PEOPLE, SEED = 5000, 7
AS_OF = date(2026, 11, 20)
MONTHS = (date(2026, 11, 21), date(2026, 12, 21))

COLUMNS = {heading: column for headings in HEADINGS for column, heading in headings.items()}
RESIDENCE = {
    "Thường trú": "permanent", "Tạm trú từ 12 tháng": "temporary_12m", "Tạm trú dưới 12 tháng": "temporary_short"
}  # fmt: skip
# What the labels of the lists are in both code sets, with the reason, and the priority group that each code makes.
GROUPS = {
    "Người cao tuổi": ("1", "older"), "Khuyết tật": ("2", "disabled"), "Hộ nghèo": ("3", "poor"),
    "Hộ cận nghèo": ("3", "near_poor"), "Người có công": ("4", "merit"), "Bệnh mạn tính": ("5", "chronic"),
    "Trẻ mầm non": ("10", "preschool"), "Học sinh": ("11", "pupil"), "Sinh viên": ("12", "student"),
    "Người lao động": ("13", "worker"),
}  # fmt: skip
PRIORITY = {
    "1": "older_people", "10": "children", "11": "children", "4": "policy_beneficiaries", "3": "poor_households",
    "2": "vulnerable_people", "5": "vulnerable_people",
}  # fmt: skip


class Row(NamedTuple):
    """A person as a row of a list says, without the clerk's habits."""

    commune_code: str
    full_name: str
    birth_date: date
    birth_precision: str
    sex: int
    citizen_id: str | None
    insurance_no: str | None
    phone: str | None
    village: str | None
    household_no: str | None
    relation: str | None
    guardian_citizen_id: str | None
    residence: str


@dataclass
class Month:
    """What the truth says of a month, and what the roster had after it.

    By truth id: `rows` of those whose row is good, `labels` of their groups, `faults` (reject codes), `people` (rows of
    the truth's people.csv), `changes` since the month before, `persons` (ids on the roster). By id: `groups`. `strangers`
    counts people on the roster who are nobody's. `repeated` are files that are, byte by byte, those of the month before.
    """

    summary: Summary
    counts: Counter[str]
    again: Counter[str]
    held: set[str]
    rows: dict[str, Row] = field(default_factory=dict)
    labels: dict[str, list[str]] = field(default_factory=dict)
    faults: dict[str, list[str]] = field(default_factory=dict)
    people: dict[str, dict[str, str]] = field(default_factory=dict)
    changes: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    persons: dict[str, int] = field(default_factory=dict)
    strangers: int = 0
    repeated: set[str] = field(default_factory=set)
    groups: dict[int, set[tuple[str, str, str]]] = field(default_factory=dict)

    def of(self, *kinds: str) -> dict[str, dict[str, str]]:
        """Change by truth id, of everyone to whom one of these things happened."""
        return {one: done[kind] for one, done in self.changes.items() for kind in kinds if kind in done}


def truth_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def as_row(commune: str, cells: Mapping[str, str]) -> Row:
    def bare(name: str) -> str | None:
        return re.sub(r"[\s.']", "", cells[name]) or None

    *day, year = map(int, cells["birth_date"].split("/"))
    phone = bare("phone")
    return Row(
        commune,
        " ".join(unicodedata.normalize("NFC", cells["full_name"]).split()),
        date(year, *reversed(day)) if day else date(year, 1, 1),
        "day" if day else "year",
        {"Nam": 1, "Nữ": 2}[cells["sex"]],
        bare("citizen_id"),
        bare("insurance_no"),
        phone and phone.replace("+84", "0"),
        cells["village"] or None,
        cells["household_no"] or None,
        cells["relation"] or None,
        bare("guardian_id"),
        RESIDENCE[cells["residence"]],
    )


def refresh_all(roster: Roster, order: random.Random) -> tuple[Counter[str], set[str]]:
    """What the DAG does: those who have had a birthday first, then each commune, in any order; the officer agrees.

    Returns:
        The counts, and the communes whose lists were held.
    """
    age_groups(roster.slug)
    codes = [commune.code for commune in communes(roster.slug)]
    order.shuffle(codes)
    total: Counter[str] = Counter()
    for code in codes:
        total.update(roster.refresh(code))
    waiting = holds.held(roster.slug)
    for one in waiting:
        total.update(holds.settle(roster.slug, one["file_id"], "release", "officer", None, "released") or {})
    return total, {one["commune_code"] for one in waiting}


def look(roster: Roster, month: Month, suffix: str) -> Month:
    """Put the truth's people and those on the roster side by side."""
    truth = roster.landing.parent / "truth" / roster.slug
    lists: dict[str, list[dict[str, str]]] = {}
    for row in truth_rows(truth / f"roster_rows{suffix}.csv"):
        key = row["truth_id"]
        if row["reject_code"]:
            month.faults.setdefault(key, []).append(row["reject_code"])
            continue
        if row["file"] not in lists:
            lists[row["file"]] = read_list(roster.landing / roster.slug / row["file"], COLUMNS.__getitem__)
        cells = lists[row["file"]][int(row["row_number"]) - 2]
        assert key not in month.rows
        month.rows[key] = as_row(row["commune_code"], cells)
        month.labels[key] = [label for label in cells["groups"].split("; ") if label]
    month.repeated = {
        name
        for name in lists
        for path in (roster.landing / roster.slug / name).parent.iterdir()
        if path.name < Path(name).name and path.read_bytes() == (path.parent / Path(name).name).read_bytes()
    }
    month.people = {row["truth_id"]: row for row in truth_rows(truth / f"people{suffix}.csv")}
    if suffix:
        for row in truth_rows(truth / f"changes{suffix}.csv"):
            month.changes.setdefault(row["truth_id"], {})[row["kind"]] = row
    whose = {row: key for key, row in month.rows.items()}
    assert len(whose) == len(month.rows), "two people who cannot be told apart: choose another seed"
    found = roster.query(f"SELECT person_id, {', '.join(Row._fields)} FROM roster.person")  # noqa: S608
    month.strangers = sum(Row(*values) not in whose for _, *values in found)
    month.persons = {whose[row]: person for person, *values in found if (row := Row(*values)) in whose}
    for person, *group in roster.query("SELECT person_id, code_set, group_code, reason FROM roster.person_group"):
        month.groups.setdefault(person, set()).add(tuple(group))
    return month


class Told(NamedTuple):
    first: Month
    second: Month
    roster: Roster


@pytest.fixture(scope="module")
def told(module_warehouse: tuple[str, psycopg.Connection, Path]) -> Iterator[Told]:
    slug, warehouse, folder = module_warehouse
    roster, order, months = Roster(folder / "landing", slug, warehouse), random.Random(3), []
    with pytest.MonkeyPatch.context() as patch:
        for number, day in enumerate(MONTHS, start=1):
            patch.setenv("SANGLOC_NOW", f"{day}T08:00:00+07:00")
            summary = generate(slug, PEOPLE, SEED, roster.landing, AS_OF, month=number)
            counts, held = refresh_all(roster, order)
            month = Month(summary, counts, refresh_all(roster, order)[0], held)
            months.append(look(roster, month, "_month2" if number == 2 else ""))
        yield Told(months[0], months[1], roster)
    roster.check()


def versions(roster: Roster, person: int) -> list[tuple[Any, ...]]:
    """What the history says of a person, oldest first: commune, number, insurance number, phone, why it ended, days."""
    return roster.query(
        "SELECT commune_code, citizen_id, insurance_no, phone, end_reason, valid_from::date, valid_to::date"
        " FROM roster.person_history WHERE person_id = %s ORDER BY valid_from, valid_to",
        person,
    )


@pytest.mark.parametrize("number", [0, 1])
def test_every_good_row_is_one_person_with_its_values(told: Told, number: int) -> None:
    month = told[number]
    assert len(month.rows) == month.summary.accepted > 0.95 * PEOPLE
    assert (month.rows.keys() - month.persons.keys(), month.strangers) == (set(), 0)
    assert len(set(month.persons.values())) == len(month.persons)
    assert month.again["changed"] == 0


def test_every_bad_row_is_rejected_for_its_fault(told: Told) -> None:
    truth = told.roster.landing.parent / "truth" / told.roster.slug
    found: dict[str, set[tuple[int, str]]] = {}
    for path, row_number, code in told.roster.query(
        "SELECT f.path, r.row_number, r.reason_code FROM intake.reject AS r JOIN intake.file AS f USING (file_id)"
    ):
        found.setdefault(path.partition("/")[2], set()).add((row_number, code))
    for month, suffix in ((told.first, ""), (told.second, "_month2")):
        # A list that says the same as the month before is not read again.
        rows = [row for row in truth_rows(truth / f"roster_rows{suffix}.csv") if row["file"] not in month.repeated]
        bad = [row for row in rows if row["reject_code"]]
        assert bad and (month.counts["read"], month.counts["rejected"]) == (len(rows), len(bad))
        whose = {(row["file"], int(row["row_number"])): row["truth_id"] for row in rows}
        expected: dict[str, set[tuple[int, str]]] = {}
        for row in bad:
            expected.setdefault(row["file"], set()).add((int(row["row_number"]), row["reject_code"]))
        for name in {row["file"] for row in rows}:
            mine, theirs = expected.get(name, set()), found.get(name, set())
            if month is told.first:
                assert mine == theirs
            # Of two rows of one person, the one stays that says what the last list said.
            assert sorted((whose[name, row], code) for row, code in mine) == sorted(
                (whose[name, row], code) for row, code in theirs
            )
            assert {one for one in mine ^ theirs if one[1] != "duplicate_in_file"} == set()
    assert told.first.repeated == set() != told.second.repeated


def test_nobody_becomes_somebody_else(told: Told) -> None:
    first, second = told.first.persons, told.second.persons
    assert len(first.keys() & second.keys()) > 0.95 * PEOPLE
    assert [one for one in first.keys() & second.keys() if first[one] != second[one]] == []
    was = {person: one for one, person in first.items()}
    assert [one for one, person in second.items() if was.get(person, one) != one] == []


def test_the_dead_and_those_who_left_are_closed_and_kept(told: Told) -> None:
    gone = told.second.of("death", "left_province")
    assert Counter(change["kind"] for change in gone.values()) == {
        kind: told.second.summary.changes[kind] for kind in ("death", "left_province")
    }
    on_roster = told.first.rows.keys() & gone.keys()
    assert on_roster == told.first.persons.keys() - told.second.persons.keys()
    assert {change["kind"] for one, change in gone.items() if one in on_roster} == {"death", "left_province"}
    for one in on_roster:
        row = told.first.rows[one]
        numbers = row.citizen_id, row.insurance_no, row.phone
        # A complete list says no more than that they are not on it.
        assert versions(told.roster, told.first.persons[one]) == [(row.commune_code, *numbers, "left", *MONTHS)]


def test_the_newborn_and_newcomers_are_new(told: Told) -> None:
    come = told.second.of("birth", "moved_into_province")
    assert Counter(change["kind"] for change in come.values()) == {
        kind: told.second.summary.changes[kind] for kind in ("birth", "moved_into_province")
    }
    here = told.second.persons.keys() & come.keys()
    assert {come[one]["kind"] for one in here} == {"birth", "moved_into_province"}
    known = set(told.first.persons.values())
    for one in here:
        assert told.second.persons[one] not in known
        ((commune, *_, end, since, until),) = versions(told.roster, told.second.persons[one])
        assert (commune, end, since, until) == (come[one]["to_commune"], None, MONTHS[1], None)
        if come[one]["kind"] == "birth":
            assert AS_OF - timedelta(days=41) < told.second.rows[one].birth_date <= AS_OF
    # Everybody else who is new had a row before, but one that could not be taken.
    others = told.second.persons.keys() - told.first.persons.keys() - here
    assert others == told.second.of("row_corrected").keys() & told.second.persons.keys()
    assert others and all(told.first.faults[one] and one not in told.first.persons for one in others)


def test_only_a_list_that_lost_many_was_held(told: Told) -> None:
    before = Counter(row.commune_code for row in told.first.rows.values())
    stayed = Counter(
        row.commune_code
        for one, row in told.first.rows.items()
        if one in told.second.rows and told.second.rows[one].commune_code == row.commune_code
    )
    lost = {commune for commune, count in before.items() if count >= 30 and count - stayed[commune] > 0.1 * count}
    assert (told.first.held, told.second.held - lost) == (set(), set())


def test_those_who_moved_are_themselves_elsewhere(told: Told) -> None:
    moved = told.second.of("move")
    assert len(moved) == told.second.summary.changes["move"] > 0
    for one, change in moved.items():
        person = told.first.persons[one]
        assert (told.second.persons[one], told.second.rows[one].commune_code) == (person, change["to_commune"])
        before, after = versions(told.roster, person)
        assert (before[0], before[5:]) == (change["from_commune"], MONTHS)
        # The commune they came from may have said so first.
        assert before[4] in ("moved", "left")
        assert (after[0], after[4:]) == (change["to_commune"], (None, MONTHS[1], None))
    assert {versions(told.roster, told.first.persons[one])[0][4] for one in moved} == {"moved", "left"}


NUMBERS = {"citizen_id_added": "citizen_id", "citizen_id_corrected": "citizen_id", "insurance_no_replaced": "insurance_no"}


@pytest.mark.parametrize("kind", NUMBERS)
def test_numbers_that_were_put_right(told: Told, kind: str) -> None:
    column = NUMBERS[kind]
    changed = told.second.of(kind)
    assert len(changed) == told.second.summary.changes[kind]
    seen = 0
    for one in changed.keys() & told.first.persons.keys() & told.second.persons.keys():
        before, after = getattr(told.first.rows[one], column), getattr(told.second.rows[one], column)
        # The number that replaces an insurance number is the personal one.
        assert after == told.second.people[one]["citizen_id"] != before
        assert (before is None) == (kind == "citizen_id_added")
        numbers = dict(
            told.roster.query(
                "SELECT value, is_current FROM roster.person_identifier WHERE person_id = %s AND kind = ANY(%s)",
                told.first.persons[one],
                ["citizen_id"] if column == "citizen_id" else ["insurance_no", "insurance_card"],
            )
        )
        assert numbers[after] is True
        assert before is None or numbers[before] is False
        seen += 1
    assert seen >= 5


def test_only_what_the_truth_says_has_changed(told: Told) -> None:
    """Whoever nothing happened to has one state in the history; the others one more."""
    at_work = {"citizen_id_added", "citizen_id_corrected", "insurance_no_replaced", "phone_changed", "move"}
    expected = Counter(
        told.second.persons[one]
        for one in told.first.persons.keys() & told.second.persons.keys()
        if at_work & told.second.changes.get(one, {}).keys()
    )
    found = told.roster.query("SELECT person_id FROM roster.person_history WHERE valid_to IS NOT NULL AND end_reason <> 'left'")
    left = told.roster.query("SELECT person_id FROM roster.person_history WHERE end_reason = 'left'")
    gone = {told.first.persons[one] for one in told.first.persons.keys() - told.second.persons.keys()}
    assert Counter(person for (person,) in found + left if person not in gone) == expected
    counts = told.second.counts
    read = counts["accepted"]
    assert counts["unchanged"] == read - counts["inserted"] - counts["updated"] - counts["moved_in"]
    assert counts["updated"] + counts["moved_in"] == len(expected)


@pytest.mark.parametrize("number", [0, 1])
def test_who_was_on_the_roster_on_a_day(told: Told, number: int) -> None:
    found = told.roster.query(
        "SELECT person_id, commune_code FROM roster.person_history"
        " WHERE valid_from::date <= %s AND (valid_to IS NULL OR valid_to::date > %s)",
        MONTHS[number],
        MONTHS[number],
    )
    month = told[number]
    assert sorted(found) == sorted((person, month.rows[one].commune_code) for one, person in month.persons.items())


def test_a_row_written_twice_is_one_person(told: Told) -> None:
    twice = {one for one, codes in told.first.faults.items() if "duplicate_in_file" in codes}
    with_a_good_row = twice & told.first.rows.keys()
    # The others are children whose row has their guardian's number.
    assert with_a_good_row and twice - with_a_good_row
    names = {one: (row.commune_code, row.full_name, row.birth_date) for one, row in told.first.rows.items()}
    on_roster = Counter(told.roster.query("SELECT commune_code, full_name, birth_date FROM roster.person_history"
                                          " WHERE valid_from::date = %s", MONTHS[0]))  # fmt: skip
    expected = Counter(names.values())
    assert {names[one]: on_roster[names[one]] for one in with_a_good_row} == {
        names[one]: expected[names[one]] for one in with_a_good_row
    }
    for child in twice - with_a_good_row:
        assert told.first.people[child]["guardian_truth_id"] in told.first.persons


def years(born: date, day: date) -> int:
    """Completed years; 29 February is reached on 28 February in other years."""
    if (born.month, born.day) == (2, 29) and day.year % 4:
        born = born.replace(day=28)
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def groups_of(row: Row, labels: list[str], day: date) -> set[tuple[str, str, str]]:
    """Code set, code and reason of every group of a person in Lạng Sơn."""
    age = years(row.birth_date, day)
    reasons: dict[str, set[str]] = {}
    for code, reason in (GROUPS[label] for label in labels):
        reasons.setdefault(code, set()).add(f"label:{reason}")
    if age >= 60:
        reasons.setdefault("1", set()).add("age")
    priority: dict[str, set[str]] = {}
    for code, why in reasons.items():
        if code in PRIORITY:
            priority.setdefault(PRIORITY[code], set()).update(why)
    if age < 16:
        priority.setdefault("children", set()).add("age")
    return {
        *((code_set, code, "+".join(sorted(why))) for code_set in ("QD1551", "QD2062") for code, why in reasons.items()),
        *(("PRIORITY", group, "+".join(sorted(why))) for group, why in priority.items()),
    }


@pytest.mark.parametrize("number", [0, 1])
def test_everybody_s_groups_and_their_reasons(told: Told, number: int) -> None:
    month = told[number]
    expected = {one: groups_of(row, month.labels[one], MONTHS[number]) for one, row in month.rows.items()}
    assert {one for one in expected if month.groups.get(month.persons[one], set()) != expected[one]} == set()
    codes = {(code_set, code) for groups in expected.values() for code_set, code, _ in groups}
    assert {("QD2062", code) for code, _ in GROUPS.values()} | {("PRIORITY", group) for group in PRIORITY.values()} <= codes


def test_birthdays_between_the_lists_count(told: Told) -> None:
    turned = [
        one
        for one in told.first.persons.keys() & told.second.persons.keys()
        if (years(told.first.rows[one].birth_date, MONTHS[0]) < 60 <= years(told.first.rows[one].birth_date, MONTHS[1]))
    ]
    assert turned
    for one in turned:
        assert ("QD2062", "1", "age") in told.second.groups[told.second.persons[one]]
        assert not any(code == "1" for _, code, _ in told.first.groups.get(told.first.persons[one], set()))
