"""Planning a commune on a real PostgreSQL."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import date, timedelta

import psycopg
import pytest

from people import add_file, add_group_set, add_refresh
from sangloc import provinces
from sangloc.deadlines import is_working_day
from sangloc.errors import ConfigurationError
from sangloc.planning import plan_commune, summarise
from sangloc.planning.offer import campaign_days, mobile_days

COMMUNE = "05983"


class Roster:
    """Writes people and exams straight into the warehouse."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        self.numbers = itertools.count(1)
        self.file_id = add_file(connection, kind="exam")

    def add(
        self, count: int = 1, *, birth: date = date(1985, 5, 5), commune: str = COMMUNE, residence: str = "permanent",
        village: str | None = "Thôn Một", household: str | None = None, groups: tuple[str, ...] = (),
        reason: str = "label:other", code_set: str = "QD2062",
    ) -> list[int]:  # fmt: skip
        refresh = add_refresh(self.connection, "20", commune)
        group_set = add_group_set(self.connection, ((code_set, code) for code in groups), reason)
        rows = self.connection.execute(
            """
            INSERT INTO roster.person (province_code, commune_code, full_name, name_key, name_fold, birth_date,
                birth_precision, sex, residence, village, household_no, group_set_id, change, refresh_id,
                first_refresh_id)
            SELECT '20', %s, 'Nông Thị Thử', 'k', 'f', CAST(%s AS date) + n, 'day', 2, %s, %s, %s, %s, 'new', %s, %s
            FROM generate_series(0, %s) AS n RETURNING person_id
            """,
            (commune, birth, residence, village, household, group_set, refresh, refresh, count - 1),
        )
        return [row[0] for row in rows]

    def examine(self, person: int, day: date, *, current: bool = True) -> None:
        encounter = self.connection.execute(
            """
            INSERT INTO exam.encounter (province_code, file_id, source, facility_code, ma_lk, version, is_current,
                content_hash, form, code_set_version, exam_date, concluded_at, received_at, full_name, name_key,
                name_fold, birth_date, birth_precision)
            VALUES ('20', %s, 'screening', '20001', %s, 1, %s, 'h', 'adult', '2062', %s, now(), now(), 'n', 'k', 'f',
                '1985-05-05', 'day') RETURNING encounter_id
            """,
            (self.file_id, f"LK{next(self.numbers)}", current, day),
        ).fetchone()[0]
        book = self.connection.execute(
            "INSERT INTO health_book.book (person_id, province_code, created_at) VALUES (%s, '20', now())"
            " ON CONFLICT (person_id) DO UPDATE SET created_at = now() RETURNING book_id",
            (person,),
        ).fetchone()[0]
        self.connection.execute(
            "INSERT INTO health_book.entry (book_id, encounter_id, method, match_probability, model_version,"
            " linked_at, run_id) VALUES (%s, %s, 'exact', 1, '1', now(), 'r')",
            (book, encounter),
        )

    def appointments(self) -> dict[int, tuple[date | None, str, str | None, int, str | None]]:
        """Per person: day, kind of site, group, priority, reason."""
        rows = self.connection.execute(
            "SELECT i.person_id, s.session_date, t.kind, i.group_code, i.priority, i.reason_code"
            " FROM planning.invitation AS i LEFT JOIN planning.session AS s USING (session_id)"
            " LEFT JOIN planning.site AS t USING (site_id)"
        )
        return {row[0]: tuple(row[1:]) for row in rows}


@pytest.fixture
def roster(warehouse: psycopg.Connection, province: str) -> Roster:
    return Roster(warehouse)


def _now(monkeypatch: pytest.MonkeyPatch, day: str) -> None:
    monkeypatch.setenv("SANGLOC_NOW", f"{day}T08:00:00+07:00")


def test_priority_order_within_capacity_on_working_days(roster: Roster, province: str) -> None:
    capacity = provinces.load(province).capacity.station_persons_per_day
    ordinary = roster.add(capacity, birth=date(1980, 1, 1))
    poor = roster.add(30, birth=date(1990, 1, 1), groups=("3",))
    children = roster.add(40, birth=date(2015, 1, 1))
    old = roster.add(25, birth=date(1940, 1, 1), groups=("5", "3"))
    short_stay = roster.add(5, residence="temporary_short")
    long_stay = roster.add(2, birth=date(1999, 1, 1), residence="temporary_12m")

    counts = plan_commune(province, COMMUNE, "run-1")

    due = len(ordinary + poor + children + old + long_stay)
    assert counts["due"] == counts["planned"] == due
    assert counts["unplanned"] == 0 and counts["residence_not_counted"] == 5 and counts["changed"] == 1
    found = roster.appointments()
    assert set(found) == {*ordinary, *poor, *children, *old, *long_stay} and not set(found) & set(short_stay)
    assert {found[person][2] for person in old} == {"older_people"} and {found[person][3] for person in old} == {1}
    assert {found[person][2] for person in poor} == {"poor_households"}
    assert {found[person][2] for person in ordinary} == {None}
    days = sorted((found[person][0], found[person][3]) for person in found)
    assert [priority for _, priority in days] == sorted(priority for _, priority in days)
    booked = Counter(found[person][0] for person in found)
    assert max(booked.values()) <= capacity and list(booked.values()).count(capacity) >= len(booked) - 1
    assert all(is_working_day(day) and day > date(2026, 11, 21) for day in booked)
    assert min(booked) == date(2026, 11, 23)
    stored = dict(roster.connection.execute("SELECT session_date, booked FROM planning.session").fetchall())
    assert stored == booked and counts["sessions"] == len(booked)
    # The oldest of a group comes first.
    assert max(found[person][0] for person in ordinary[:10]) <= min(found[person][0] for person in ordinary[-10:])


def test_running_again_changes_nothing(roster: Roster, province: str, monkeypatch: pytest.MonkeyPatch) -> None:
    roster.add(150)
    first = plan_commune(province, COMMUNE, "run-1")
    tables = ("planning.plan", "planning.session", "planning.invitation", "planning.site", "planning.team")

    def state() -> list[list[tuple[object, ...]]]:
        return [
            roster.connection.execute(f"SELECT t.*, t.xmin FROM {table} AS t ORDER BY 1, 2").fetchall()  # noqa: S608
            for table in tables
        ]

    before = state()
    assert plan_commune(province, COMMUNE, "run-2") == {**first, "changed": 0}
    # The next day the plan is still valid: nobody has missed an appointment yet.
    _now(monkeypatch, "2026-11-22")
    assert plan_commune(province, COMMUNE, "run-3")["changed"] == 0
    assert state() == before


def test_exam_takes_a_person_out_and_others_keep_their_day(roster: Roster, province: str) -> None:
    capacity = provinces.load(province).capacity.station_persons_per_day
    people = roster.add(2 * capacity, village=None)
    plan_commune(province, COMMUNE, "run-1")
    before = roster.appointments()
    roster.examine(people[0], date(2026, 3, 3))
    roster.examine(people[1], date(2025, 12, 31))
    late = roster.add(1, birth=date(1930, 1, 1), village=None)[0]

    counts = plan_commune(province, COMMUNE, "run-2")

    after = roster.appointments()
    assert counts["changed"] == 1 and counts["due"] == 2 * capacity
    assert set(after) == {*people[1:], late}
    assert {person: after[person] for person in people[1:]} == {person: before[person] for person in people[1:]}
    assert after[late][0] == before[people[0]][0], "the freed place goes to the one who has none"
    assert max(Counter(day for day, *_ in after.values()).values()) <= capacity


def test_an_exam_counts_while_its_corrected_version_waits_for_linkage(roster: Roster, province: str) -> None:
    people = roster.add(3)
    roster.examine(people[0], date(2026, 3, 3), current=False)
    assert plan_commune(province, COMMUNE, "run-1")["due"] == 2


def test_missed_appointment_is_given_again(roster: Roster, province: str, monkeypatch: pytest.MonkeyPatch) -> None:
    people = roster.add(70)
    plan_commune(province, COMMUNE, "run-1")
    first_day = date(2026, 11, 23)
    missed = [person for person, found in roster.appointments().items() if found[0] == first_day]
    assert missed
    _now(monkeypatch, "2026-11-25")
    assert plan_commune(province, COMMUNE, "run-2")["changed"] == 0, "results may still be on their way"
    _now(monkeypatch, "2026-11-26")
    for person in missed[1:]:
        roster.examine(person, first_day)

    counts = plan_commune(province, COMMUNE, "run-3")

    after = roster.appointments()
    assert counts["due"] == len(people) - len(missed) + 1 and after[missed[0]][0] > date(2026, 11, 26)
    held = roster.connection.execute("SELECT booked FROM planning.session WHERE session_date = %s", (first_day,)).fetchone()
    assert held == (len(missed),), "a session already held stays as a record"


def test_everyone_is_accounted_for_when_capacity_ends(roster: Roster, province: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _now(monkeypatch, "2026-12-28")
    profile = provinces.load(province)
    station = profile.capacity.station_persons_per_day
    far = roster.add(400, village="Thôn Hai")
    lonely = roster.add(3, village="Số 5 ngõ 9", birth=date(1995, 1, 1))

    counts = plan_commune(province, COMMUNE, "run-1")

    found = roster.appointments()
    assert set(found) == {*far, *lonely} and counts["planned"] + counts["unplanned"] == counts["due"] == 403
    assert all((day is None) == (reason == "capacity_exhausted") for day, _, _, _, reason in found.values())
    assert {day.year for day, *_ in found.values() if day} == {2026}
    by_kind = Counter(kind for _, kind, *_ in found.values())
    days = campaign_days(date(2026, 12, 29), profile.capacity)
    units = [unit.code for unit in provinces.communes(province)]
    visits = mobile_days(days, profile.capacity.teams, units.index(COMMUNE), len(units))
    assert by_kind["fixed"] == min(403, station * len(days))
    assert by_kind["mobile"] == min(403 - by_kind["fixed"], profile.capacity.team_persons_per_day * len(visits))
    assert by_kind[None] > 0 or visits
    assert all(found[person][1] != "mobile" for person in lonely)
    names = {row[0] for row in roster.connection.execute("SELECT name FROM planning.site")}
    assert not any("ngõ" in name for name in names), "an address must not become a site"


def test_mobile_team_reaches_its_village(roster: Roster, province: str, monkeypatch: pytest.MonkeyPatch) -> None:
    capacity = provinces.load(province).capacity
    roster.add(capacity.station_persons_per_day * 30, village="Thôn Hai")
    roster.add(200, village="Thôn Ba", birth=date(2001, 1, 1))
    counts = plan_commune(province, COMMUNE, "run-1")
    rows = roster.connection.execute(
        "SELECT p.village, t.name, s.booked, s.capacity FROM planning.invitation AS i"
        " JOIN planning.session AS s USING (session_id) JOIN planning.site AS t USING (site_id)"
        " JOIN roster.person AS p USING (person_id) WHERE t.kind = 'mobile'"
    ).fetchall()
    assert rows and all(name == f"Điểm khám lưu động {village}" for village, name, _, _ in rows)
    # Mending a plan with mobile sessions leaves them where they are.
    before = roster.appointments()
    _now(monkeypatch, "2026-11-22")
    roster.add(1, birth=date(1930, 1, 1))
    again = plan_commune(province, COMMUNE, "run-2")
    after = roster.appointments()
    assert again["due"] == counts["due"] + 1
    assert {p: after[p] for p in before if before[p][0]} == {p: before[p] for p in before if before[p][0]}


def test_household_of_one_priority_comes_together(roster: Roster, province: str) -> None:
    capacity = provinces.load(province).capacity.station_persons_per_day
    parents = roster.add(1, birth=date(1975, 1, 1), household="H1") + roster.add(1, birth=date(2003, 1, 1), household="H1")
    roster.add(2 * capacity, birth=date(1980, 1, 1))
    plan_commune(province, COMMUNE, "run-1")
    found = roster.appointments()
    assert {found[person][0] for person in parents} == {date(2026, 11, 23)}


def test_groups_count_by_their_code_set_and_ages_by_the_year(roster: Roster, province: str) -> None:
    """Whom a birthday put into a group is as old in the plan as everybody else: by the year."""
    by_label = roster.add(1, birth=date(1967, 6, 1), groups=("1",))[0]
    by_age = roster.add(1, birth=date(1967, 6, 2), groups=("1",), reason="age")[0]
    older = roster.add(1, birth=date(1966, 12, 31))[0]
    elsewhere = roster.add(1, birth=date(1990, 1, 1), groups=("3",), code_set="QD1551")[0]
    plan_commune(province, COMMUNE, "run-1")
    found = {person: group for person, (_, _, group, _, _) in roster.appointments().items()}
    assert found == {by_label: "older_people", by_age: None, older: "older_people", elsewhere: None}


def test_holidays_and_year_end() -> None:
    capacity = provinces.load("lang_son").capacity
    days = campaign_days(date(2026, 4, 20), capacity)
    assert date(2026, 4, 30) not in days and date(2026, 5, 1) not in days and date(2026, 9, 2) not in days
    assert days[0] == date(2026, 4, 20) and days[-1] == date(2026, 12, 31)
    assert campaign_days(date(2027, 1, 1), capacity)[0] == date(2027, 1, 4)


def test_last_day_of_the_year_plans_the_next(roster: Roster, province: str, monkeypatch: pytest.MonkeyPatch) -> None:
    person = roster.add(20)[0]
    roster.examine(person, date(2026, 6, 1))
    _now(monkeypatch, "2026-12-31")
    counts = plan_commune(province, COMMUNE, "run-1")
    assert counts["due"] == counts["planned"] == 20
    assert roster.connection.execute("SELECT year, starts_on FROM planning.plan").fetchall() == [(2027, date(2027, 1, 4))]


@pytest.mark.parametrize("slug", ["hai_phong", "lang_son", "thai_nguyen"])
def test_no_mobile_team_is_in_two_communes_on_one_day(slug: str) -> None:
    count, capacity = len(provinces.communes(slug)), provinces.load(slug).capacity
    days = [date(2026, 3, 2) + timedelta(days=n) for n in range(60)]
    taken = Counter(
        (visit.day, visit.team) for position in range(count) for visit in mobile_days(days, capacity.teams, position, count)
    )
    assert set(taken.values()) == {1} and len(taken) == len(days) * min(capacity.teams, count)


def test_summary_counts_what_the_run_planned(roster: Roster, province: str) -> None:
    roster.add(10)
    roster.add(5, commune="05977")
    for commune in ("05977", COMMUNE):
        plan_commune(province, commune, "run-1")
    plan_commune(province, COMMUNE, "run-2")
    assert summarise(province, "run-1") == {
        "communes": 2, "due": 15, "planned": 15, "unplanned": 0, "sessions": 2, "changed": 2
    }  # fmt: skip
    assert summarise(province, "run-2")["changed"] == 0


def test_unknown_commune_is_a_configuration_error(roster: Roster, province: str) -> None:
    with pytest.raises(ConfigurationError, match="00000"):
        plan_commune(province, "00000", "run-1")


def test_empty_commune_has_an_empty_plan(roster: Roster, province: str) -> None:
    assert plan_commune(province, COMMUNE, "run-1") == {
        "due": 0, "planned": 0, "unplanned": 0, "residence_not_counted": 0, "sessions": 0, "changed": 1
    }  # fmt: skip
    assert plan_commune(province, COMMUNE, "run-2")["changed"] == 0
