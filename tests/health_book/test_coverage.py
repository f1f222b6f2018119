"""One person counts once a year; the views say by which source, and what would have been paid for twice."""

from __future__ import annotations

from typing import Any

import pytest


def examined(world: Any, person: int, *exams: tuple[str, str]) -> list[int]:
    made = []
    for day, source in exams:
        made.append(world.exam(exam_date=day, source=source))
        world.put(made[-1], person)
    return made


def test_the_first_exam_of_the_year_satisfies_it(world: Any) -> None:
    person = world.person()
    exams = examined(world, person, ("2026-09-01", "screening"), ("2026-03-01", "worker"), ("2025-12-31", "school"))
    assert world.all(
        "SELECT year, person_id, commune_code, encounter_id, source, records, paid_twice FROM stats.coverage ORDER BY year"
    ) == [(2025, person, "05977", exams[2], "school", 1, 0), (2026, person, "05977", exams[1], "worker", 2, 1)]


def test_of_one_day_the_profiles_order_decides(world: Any) -> None:
    for pair in (("screening", "periodic"), ("insurance", "screening"), ("occupational", "worker")):
        person = world.person(number=None)
        examined(world, person, *(("2026-09-01", source) for source in pair))
        examined(world, person, *(("2025-09-01", source) for source in reversed(pair)))
    rank = dict(world.all("SELECT source, rank FROM ref.exam_source WHERE province_code = '20'"))
    assert len(rank) == 6
    rows = world.all("SELECT person_id, array_agg(source ORDER BY year) FROM stats.coverage GROUP BY 1 ORDER BY 1")
    assert [sources for _, sources in rows] == [
        [min(pair, key=rank.__getitem__)] * 2
        for pair in (("screening", "periodic"), ("insurance", "screening"), ("occupational", "worker"))
    ]


@pytest.mark.parametrize(
    ("sources", "twice", "repeated"),
    [
        ("worker screening", 1, 0),
        ("screening screening", 0, 1),
        ("school worker screening", 2, 0),
        ("screening periodic screening", 2, 0),
        # An insurance visit and an occupational-disease examination stand for no general one.
        ("screening insurance occupational insurance", 0, 1),
        ("screening", 0, 0),
    ],
)
def test_what_would_have_been_paid_for_twice(world: Any, sources: str, twice: int, repeated: int) -> None:
    person = world.person()
    examined(world, person, *((f"2026-0{month}-01", source) for month, source in enumerate(sources.split(), 1)))
    assert world.one("SELECT records, paid_twice, repeated FROM stats.coverage") == (len(sources.split()), twice, repeated)


def test_communes_count_people_once_and_records_by_source(world: Any) -> None:
    one, two, gone = world.person(), world.person(number=None), world.person(number=None)
    examined(world, one, ("2026-01-01", "worker"), ("2026-02-01", "screening"))
    examined(world, two, ("2026-01-01", "screening"))
    examined(world, gone, ("2026-01-01", "school"))
    world.db.execute("DELETE FROM roster.person WHERE person_id = %s", [gone])
    columns = "commune_code, source, people, records, paid_twice, repeated"
    assert world.all(f"SELECT {columns} FROM stats.coverage_commune ORDER BY 1, 2") == [  # noqa: S608
        ("05977", "screening", 1, 2, 1, 0),
        ("05977", "worker", 1, 1, 0, 0),
        (None, "school", 1, 1, 0, 0),
    ]


def test_a_correction_takes_nobody_out_and_counts_nobody_twice(world: Any) -> None:
    person = world.person()
    (exam,) = examined(world, person, ("2026-01-01", "worker"))
    newer = world.exam(ma_lk="L-1", exam_date="2026-01-01", source="worker")
    assert world.all("SELECT encounter_id, record_id, records FROM stats.coverage") == [(exam, newer, 1)]


def test_the_report_role_sees_the_counts_and_no_book(world: Any, postgres: Any) -> None:
    import psycopg

    views = ("yearly_exam", "coverage", "coverage_commune", "decision_agreement", "book_creation")
    with psycopg.connect(postgres.url("sangloc_report", "sangloc"), autocommit=True) as report:
        for view in views:
            names = {column.name for column in report.execute(f"SELECT * FROM stats.{view}").description or ()}  # noqa: S608
            assert not names & {"full_name", "citizen_id", "birth_date", "phone", "insurance_no", "address", "ma_lk"}
        for table in ("decision", "decision_candidate", "entry_past", "person_merge", "never"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                report.execute(f"SELECT * FROM health_book.{table}")  # noqa: S608
