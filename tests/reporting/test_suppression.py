from __future__ import annotations

import itertools
import random
from decimal import Decimal
from typing import Any

import pytest

from sangloc import reporting
from sangloc.reporting import words
from sangloc.reporting.figures import Figure, Published
from sangloc.reporting.suppression import hidden, hidden_crossed


def counts(**values: int) -> dict[str, Decimal]:
    return {key: Decimal(value) for key, value in values.items()}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (counts(a=5, b=6), set()),
        (counts(a=0, b=6), set()),
        (counts(a=4, b=6, c=50), {"a", "b"}),
        (counts(a=1, b=1, c=9, d=40), {"a", "b", "c"}),
        (counts(a=4, b=0, c=0), {"a", "b", "c"}),
        (counts(a=3), {"a"}),
        ({}, set()),
    ],
)
def test_hidden_cells(values: dict[str, Decimal], expected: set[str]) -> None:
    assert hidden(values) == expected


def test_no_hidden_cell_follows_from_the_total() -> None:
    """Every small table of four cells: what stays hidden has more than one possible reading."""
    for cells in itertools.product(range(8), repeat=4):
        values = {str(place): Decimal(cell) for place, cell in enumerate(cells)}
        chosen = hidden(values)
        assert all(key in chosen for key, value in values.items() if 0 < value < 5)
        if chosen and len(chosen) < len(values):
            assert len(chosen) >= 2
            assert sum(values[key] for key in chosen) >= 10 or len(chosen) == len(values)


def test_a_column_beside_hides_in_both() -> None:
    values, beside = counts(a=50, b=60, c=70), counts(a=2, b=40)
    assert hidden(values) == set()
    assert hidden(values, beside) == {"a", "b"}


def published(*rows: tuple[str, str, str, int, int | None]) -> Published:
    made = [Figure(*row[:3], Decimal(row[3]), None if row[4] is None else Decimal(row[4])) for row in rows]
    return Published(made, reporting.indicators())


def shown(figures: Published, indicator: str, breakdown: str = "total") -> dict[str, int | None]:
    values = {key: figures.get(indicator, breakdown, key).numerator for key in figures.keys(indicator, breakdown)}
    return {key: None if value is None else int(value) for key, value in values.items()}


def test_all_but_a_few_is_a_small_cell() -> None:
    rows: list[tuple[str, str, str, int, int | None]] = [("health_book_share", "total", "", 247, 400)]
    rows += [("health_book_share", "commune", key, n, 100) for key, n in (("a", 97), ("b", 50), ("c", 100), ("d", 0))]
    assert shown(published(*rows), "health_book_share", "commune") == {"a": None, "b": None, "c": 100, "d": 0}
    assert shown(published(*rows), "health_book_share") == {"": 247}
    whole = published(("health_book_share", "total", "", 398, 400), ("health_book_share", "commune", "a", 398, 400))
    assert whole.get("health_book_share").hidden_as == "nearly_all"
    assert shown(whole, "health_book_share", "commune") == {"a": None}


@pytest.mark.parametrize(
    ("period", "year", "breakdown", "unit"),
    [
        ("examined_share_period", "examined_share", "commune", 1000),
        ("people_examined_period", "people_examined_year", "payer", None),
    ],
)
@pytest.mark.parametrize("swapped", [False, True])
def test_period_and_year_hide_the_same_rows(period: str, year: str, breakdown: str, unit: int | None, swapped: bool) -> None:
    first, second = (year, period) if swapped else (period, year)
    rows: list[tuple[str, str, str, int, int | None]] = []
    for name, values in ((first, {"a": 3, "b": 20, "c": 30}), (second, {"a": 60, "b": 70, "c": 80, "d": 0})):
        rows.append((name, "total", "", sum(values.values()), unit and 4 * unit))
        rows += [(name, breakdown, key, value, unit) for key, value in values.items()]
    figures = published(*rows)
    for name in (first, second):
        found = shown(figures, name, breakdown)
        assert found["a"] is None and found["b"] is None
        assert found["c"] is not None


def test_a_row_that_is_hidden_in_the_year_is_no_zero_in_the_period() -> None:
    rows: list[tuple[str, str, str, int, int | None]] = [
        ("people_examined_year", "total", "", 60, 60), ("people_examined_period", "total", "", 40, 40),
        ("people_examined_year", "source", "school", 3, 60), ("people_examined_year", "source", "worker", 57, 60),
        ("people_examined_period", "source", "worker", 40, 40),
    ]  # fmt: skip
    assert shown(published(*rows), "people_examined_period", "source") == {"school": None, "worker": None}


def test_a_small_total_hides_what_would_tell_it() -> None:
    rows: list[tuple[str, str, str, int, int | None]] = [
        ("people_examined_year", "total", "", 60, 60), ("people_examined_period", "total", "", 3, 3),
        ("people_examined_year", "source", "school", 20, 60), ("people_examined_year", "source", "worker", 40, 60),
        ("people_examined_period", "source", "worker", 3, 3),
        ("records_counted", "total", "", 60, 90),
    ]  # fmt: skip
    figures = published(*rows)
    assert figures.get("people_examined_period").hidden_as == "few"
    assert figures.get("people_examined_year").hidden_as == figures.get("records_counted").hidden_as == "withheld"
    assert shown(figures, "people_examined_year", "source") == {"school": None, "worker": None}
    # A breakdown without a column for the period adds up to the year's total all the same.
    residents = published(
        ("examined_share_period", "total", "", 3, 400), ("examined_share", "total", "", 60, 400),
        ("examined_share", "sex", "1", 20, 200), ("examined_share", "sex", "2", 40, 200),
    )  # fmt: skip
    assert shown(residents, "examined_share", "sex") == {"1": None, "2": None}
    # Nobody in the period stays nobody.
    quiet = published(("people_examined_year", "total", "", 3, 3), ("people_examined_period", "total", "", 0, 0))
    assert quiet.get("people_examined_period").numerator == 0
    assert quiet.get("people_examined_year").hidden_as == "few"


@pytest.mark.parametrize(
    ("period", "year", "breakdown"),
    [("examined_share_period", "examined_share", "commune"), ("first_books_year", "health_book_share", "age")],
)
def test_few_people_between_year_and_period_are_not_told(period: str, year: str, breakdown: str) -> None:
    """8 this year and 5 of them in the period: 3 before it."""
    rows: list[tuple[str, str, str, int, int | None]] = []
    for name, values in ((year, {"a": 8, "b": 60, "c": 70}), (period, {"a": 5, "b": 30, "c": 40})):
        rows.append((name, "total", "", sum(values.values()), 1000))
        rows += [(name, breakdown, key, value, 300) for key, value in values.items()]
    for name in (year, period):
        assert shown(published(*rows), name, breakdown)["a"] is None
        assert shown(published(*rows), name)[""] is not None
    totals = published((year, "total", "", 60, 400), (period, "total", "", 57, 400))
    assert totals.get(year).hidden_as == totals.get(period).hidden_as == "withheld"


def test_few_people_between_year_and_period_are_not_told_by_two_things() -> None:
    rows: list[tuple[str, str, str, int, int | None]] = []
    for suffix, cells in (("", (8, 60, 60, 60)), ("_period", (5, 30, 30, 30))):
        for place, (commune, age) in enumerate(itertools.product("ab", ("18_59", "60_plus"))):
            rows.append((f"examined_commune_age{suffix}", "commune_age", f"{commune}/{age}", cells[place], 300))
    for suffix in ("", "_period"):
        assert shown(published(*rows), f"examined_commune_age{suffix}", "commune_age")["a/18_59"] is None


def test_a_withheld_total_is_not_told_by_what_repeats_it() -> None:
    """Three in the period: this year's total, told, gives them away beside the report before."""
    figures = published(
        ("examined_share_period", "total", "", 3, 400), ("examined_share", "total", "", 60, 400),
        ("weekly_progress", "total", "", 60, 400), ("weekly_progress", "week", "2026-W30", 60, 400),
        ("target_progress", "target", "examined_yearly", 15, 100),
        ("people_examined_period", "total", "", 3, 3), ("people_examined_year", "total", "", 60, 60),
        ("people_by_records", "total", "", 60, 60), ("people_by_records", "times", "1", 60, 60),
    )  # fmt: skip
    assert figures.get("examined_share").hidden_as == "withheld"
    for name, breakdown in (
        ("weekly_progress", "total"), ("weekly_progress", "week"), ("target_progress", "target"),
        ("people_by_records", "total"), ("people_by_records", "times"),
    ):  # fmt: skip
        assert set(shown(figures, name, breakdown).values()) == {None}, name


def test_a_sum_of_communes_does_not_tell_of_a_hidden_one() -> None:
    """Hải Phòng has two special zones: the larger one, published, would give the smaller one by their sum."""
    rows: list[tuple[str, str, str, int, int | None]] = [
        ("examined_share", "total", "", 2063, 9000),
        *(("examined_share", "commune", key, n, 3000) for key, n in (("a", 3), ("b", 60), ("c", 2000))),
        ("examined_areas", "total", "", 2003, 6000),
        ("examined_areas", "area", "special_zone", 2003, 6000), ("examined_areas", "area", "border", 2000, 3000),
    ]  # fmt: skip
    keys = ("special_zone/a", "special_zone/c", "border/c")
    made = [Figure(*row[:3], Decimal(row[3]), None if row[4] is None else Decimal(row[4])) for row in rows]
    made += [Figure("examined_areas", "area_commune", key, None, None) for key in keys]
    figures = Published(made, reporting.indicators())
    assert shown(figures, "examined_share", "commune") == {"a": None, "b": None, "c": 2000}
    assert shown(figures, "examined_areas", "area") == {"special_zone": None, "border": 2000}
    assert figures.get("examined_areas").hidden_as == "withheld"
    assert figures.breakdowns("examined_areas") == ["area", "total"]


def test_few_records_are_not_told() -> None:
    figures = published(("records_counted", "total", "", 2, 4))
    assert figures.get("records_counted").hidden_as == "few" and figures.get("records_counted").denominator_hidden
    # Three records that count nobody are a second examination of one, two or three people.
    value = published(("records_counted", "total", "", 97, 100)).get("records_counted")
    assert value.numerator == 97 and value.denominator is None and value.whole_hidden_as == "withheld"


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(1, 3, "33,3%"), (0, 9, "0%"), (9, 9, "100%"), (9999, 10000, "99,9%"), (1, 100000, "0,1%"), (1, 2, "50,0%")],
)
def test_percent(part: int, whole: int, text: str) -> None:
    assert words.percent(part, whole) == text


def test_numbers_are_vietnamese() -> None:
    assert words.number(4664124) == "4.664.124"
    assert words.number(1234.5, 1) == "1.234,5"
    assert words.number(0) == "0"


def crossed(text: str) -> dict[str, Decimal]:
    """A table by two things: a row a line, as `3 0 12`."""
    rows = [line.split() for line in text.strip().splitlines()]
    return {f"r{i}/c{j}": Decimal(cell) for i, row in enumerate(rows) for j, cell in enumerate(row)}


def is_known(cell: str, values: dict[str, Decimal], chosen: set[str], rows: set[str]) -> bool:
    """Whether no other table near this one has the same published cells and sums: then a reader knows the cell."""
    cells = [cell, *sorted(chosen - {cell})]
    last = {name: place for place, key in enumerate(cells) for name in key.split("/")}

    def moved(place: int, left: dict[str, int]) -> bool:
        if place == len(cells):
            return True
        for step in (1, -1, 2, -2) if place == 0 else (0, 1, -1, 2, -2):
            names = cells[place].split("/")
            after = left | {name: left.get(name, 0) + step for name in names}
            closed = any(last[name] == place and after[name] and name not in rows for name in names)
            if not closed and values[cells[place]] + step >= 0 and moved(place + 1, after):
                return True
        return False

    return not moved(0, {})


@pytest.mark.parametrize("seed", range(40))
def test_no_small_cell_follows_from_the_sums_of_rows_and_columns(seed: int) -> None:
    draw = random.Random(seed)
    values = {f"r{i}/c{j}": Decimal(draw.choice([0, 2, 5, 6, 7, 8])) for i in range(3) for j in range(3)}
    rows = {"r0"} if seed % 4 == 0 else set[str]()
    chosen = hidden_crossed([values], rows, ())
    small_cells = [key for key, value in values.items() if 0 < value < 5]
    assert set(small_cells) <= chosen
    known = [key for key in small_cells if is_known(key, values, chosen, rows)]
    # What a table says with nothing but its sums cannot be helped here.
    assert not known or len(chosen) == len(values), (seed, values, chosen)


def test_a_lonely_small_cell_hides_a_rectangle() -> None:
    values = crossed("3 50 60\n40 70 80\n90 95 99")
    chosen = hidden_crossed([values], (), ())
    assert "r0/c0" in chosen
    lines: dict[str, int] = {}
    for key in chosen:
        for name in key.split("/"):
            lines[name] = lines.get(name, 0) + 1
    assert min(lines.values()) >= 2 and len(chosen) == 4
    assert not is_known("r0/c0", values, chosen, set())
    assert is_known("r0/c0", values, {"r0/c0", "r0/c1"}, set())


def test_two_rectangles_are_not_joined_by_one_cell() -> None:
    """Each line has two hidden cells, and yet the cell between the rectangles would follow from the sums of one of them."""
    values = crossed("4 9 3 90\n9 9 90 90\n90 90 4 9\n90 90 9 9")
    chosen = hidden_crossed([values], (), ())
    assert "r0/c2" in chosen
    rectangles = {"r0/c0", "r0/c1", "r1/c0", "r1/c1", "r2/c2", "r2/c3", "r3/c2", "r3/c3", "r0/c2"}
    assert chosen > rectangles


def test_hidden_sums_are_not_the_sum_of_published_cells() -> None:
    values = crossed("20 30\n40 50\n60 70")
    assert hidden_crossed([values], (), ()) == set()
    chosen = hidden_crossed([values], {"r0", "r1"}, ())
    assert any(key.startswith("r0/") for key in chosen) and any(key.startswith("r1/") for key in chosen)


def test_communes_hidden_alone_stay_hidden_in_the_table_by_age() -> None:
    rows: list[tuple[str, str, str, int, int | None]] = [
        ("examined_share", "total", "", 163, 500),
        *(("examined_share", "commune", key, n, 100) for key, n in (("a", 3), ("b", 20), ("c", 60), ("d", 80))),
        *(("examined_share", "age", key, n, 250) for key, n in (("18_59", 81), ("60_plus", 82))),
        *(
            ("examined_commune_age", "commune_age", f"{commune}/{age}", n, 50)
            for commune, cells in (("a", (0, 3)), ("b", (10, 10)), ("c", (31, 29)), ("d", (40, 40)))
            for age, n in zip(("18_59", "60_plus"), cells, strict=True)
        ),
    ]
    figures = published(*rows)
    assert shown(figures, "examined_share", "commune") == {"a": None, "b": None, "c": 60, "d": 80}
    cells = shown(figures, "examined_commune_age", "commune_age")
    assert cells["a/60_plus"] is None
    # Both of b published would give b, and with it a.
    assert None in (cells["b/18_59"], cells["b/60_plus"])
    assert cells["d/18_59"] == 40 or cells["d/60_plus"] == 40


def test_targets_are_told_only_with_the_totals_they_follow() -> None:
    told = published(("examined_share", "total", "", 100, 200), ("target_progress", "target", "examined_yearly", 50, 100))
    assert shown(told, "target_progress", "target") == {"examined_yearly": 50}
    for few in (3, 198):
        kept = published(("examined_share", "total", "", few, 200), ("target_progress", "target", "examined_yearly", 1, 100))
        assert shown(kept, "target_progress", "target") == {"examined_yearly": None}


@pytest.mark.parametrize("name", [name for name, found in reporting.indicators().items() if found.margins])
def test_margins_name_published_sums(name: str) -> None:
    known = reporting.indicators()
    ((breakdown, margins),) = known[name].margins.items()
    assert breakdown in known[name].breakdowns
    for margin in margins:
        assert margin is None or (known[margin[0]].suppress and margin[1] in known[margin[0]].breakdowns)


Row = tuple[str, str, str, int, int | None]


def of_linkage(review: tuple[int, int], not_on_roster: int, waiting: int) -> dict[tuple[str, str, str], int]:
    """What is published of 100 records of the year, by hand; `review` by its two reasons."""
    linked = 100 - sum(review) - not_on_roster - waiting
    return {
        ("linkage", "total", ""): linked,
        ("linkage", "state", "linked"): linked,
        ("linkage", "state", "in_review"): sum(review),
        ("linkage", "state", "not_on_roster"): not_on_roster,
        ("linkage", "state", "waiting"): waiting,
        ("review_reasons", "total", ""): sum(review),
        ("review_reasons", "review_reason", "no_number"): review[0],
        ("review_reasons", "review_reason", "name_differs"): review[1],
    }


def of_delay(hours48: int, days7: int, later: int) -> dict[tuple[str, str, str], int]:
    """What is published of 100 records of the period."""
    in_time = 100 - hours48 - days7 - later
    return {
        ("timeliness", "total", ""): in_time,
        ("arrival_delay", "delay", "within_24h"): in_time,
        ("arrival_delay", "delay", "within_48h"): hours48,
        ("arrival_delay", "delay", "within_7d"): days7,
        ("arrival_delay", "delay", "later"): later,
    }


def told(counts: dict[tuple[str, str, str], int]) -> dict[tuple[str, str, str], int | None]:
    figures = published(*((*name, count, 100) for name, count in counts.items()))
    values = {name: figures.get(*name) for name in counts}
    assert {value.denominator for value in values.values()} == {100}
    return {name: None if value.numerator is None else int(value.numerator) for name, value in values.items()}


def given_away(counts: dict[tuple[str, str, str], int], others: list[dict[tuple[str, str, str], int]]) -> list[Any]:
    """The small counts that every other table with the same published numbers has, too."""
    shown_counts = told(counts)
    alike = [
        other
        for other in others
        if min(other.values()) >= 0 and all(value is None or other[name] == value for name, value in shown_counts.items())
    ]
    return [name for name, value in counts.items() if 0 < value < 5 and all(other[name] == value for other in alike)]


@pytest.mark.parametrize("review", [(0, 0), (1, 0), (2, 2), (3, 9), (7, 8)])
def test_few_records_in_a_state_of_linkage_follow_from_no_sum(review: tuple[int, int]) -> None:
    near = list(itertools.product(range(-2, 3), repeat=4))
    for rest in itertools.product((0, 1, 4, 6, 41), repeat=2):
        counts = of_linkage(review, *rest)
        others = [
            of_linkage((review[0] + a, review[1] + b), rest[0] + c, rest[1] + d)
            for a, b, c, d in near
            if min(review[0] + a, review[1] + b, rest[0] + c, rest[1] + d) >= 0
        ]
        assert given_away(counts, others) == [], (review, rest, told(counts))
    # Nobody stays nobody where nothing is hidden.
    assert told(of_linkage((0, 0), 0, 30))["linkage", "state", "waiting"] == 30


@pytest.mark.parametrize("hours48", [0, 2, 6, 15])
def test_few_late_records_follow_from_no_sum(hours48: int) -> None:
    near = list(itertools.product(range(-2, 3), repeat=3))
    for rest in itertools.product((0, 1, 4, 6, 41), repeat=2):
        others = [
            of_delay(hours48 + a, rest[0] + b, rest[1] + c)
            for a, b, c in near
            if min(hours48 + a, rest[0] + b, rest[1] + c) >= 0
        ]
        assert given_away(of_delay(hours48, *rest), others) == [], (hours48, rest)


@pytest.mark.parametrize("indicator", ["timeliness", "records_signed", "paid_twice", "repeated_exams", "rows_rejected"])
def test_few_records_of_a_source_are_hidden_with_a_second_one(indicator: str) -> None:
    breakdown = "kind" if indicator == "rows_rejected" else "source"
    rows: list[Row] = [(indicator, "total", "", 153, 1000)]
    rows += [(indicator, breakdown, key, n, 250) for key, n in (("a", 3), ("b", 50), ("c", 100), ("d", 0))]
    assert shown(published(*rows), indicator, breakdown) == {"a": None, "b": None, "c": 100, "d": 0}
    # All but three: who is missing is as few.
    rows = [(indicator, "total", "", 597, 1000)]
    rows += [(indicator, breakdown, key, n, 250) for key, n in (("a", 247), ("b", 150), ("c", 200), ("d", 0))]
    assert shown(published(*rows), indicator, breakdown) == {"a": None, "b": None, "c": 200, "d": 0}
    few = published((indicator, "total", "", 2, 1000), (indicator, breakdown, "a", 2, 250), (indicator, breakdown, "b", 0, 750))
    assert few.get(indicator).hidden_as == "few" and set(shown(few, indicator, breakdown).values()) == {None}


def test_corrected_rows_do_not_tell_of_rejected_ones() -> None:
    """The rows that may be corrected are the rejected ones, whose few of one kind are hidden."""
    figures = published(
        ("rows_rejected", "total", "", 83, 1000), ("rows_rejected", "kind", "exam", 3, 400),
        ("rows_rejected", "kind", "roster", 20, 300), ("rows_rejected", "kind", "form", 60, 300),
        ("rows_corrected", "total", "", 40, 83), ("rows_corrected", "kind", "exam", 0, 3),
        ("rows_corrected", "kind", "roster", 10, 20), ("rows_corrected", "kind", "form", 30, 60),
    )  # fmt: skip
    wholes = {key: figures.get("rows_corrected", "kind", key).denominator for key in ("exam", "roster", "form")}
    assert wholes == {"exam": None, "roster": None, "form": 60}


def test_few_records_between_year_and_period_are_not_told() -> None:
    """Three records before the period, by the number of all of the year and of all of the period."""
    rows: list[Row] = [
        ("timeliness", "total", "", 300, 400), ("linkage", "total", "", 380, 403), ("linkage", "state", "linked", 380, 403),
        ("linkage", "state", "waiting", 23, 403), ("records_counted", "total", "", 300, 403),
        ("arrival_delay", "delay", "within_24h", 300, 400), ("arrival_delay", "delay", "later", 100, 400),
        ("timeliness_facility", "facility", "F", 300, 400),
    ]  # fmt: skip
    figures = published(*rows)
    values = [figures.get(*row[:3]) for row in rows]
    assert {value.denominator for value in values} == {None}
    # Neither do their parts add up to them; the people who count are no such number.
    assert [value.numerator for value in values] == [None, None, None, None, 300, None, None, None]
    by_source = published(
        *(("timeliness", "source", key, 40, n) for key, n in (("school", 60), ("worker", 70), ("screening", 270))),
        *(("records_counted", "source", key, 30, n) for key, n in (("school", 63), ("worker", 170), ("screening", 670))),
    )
    for name in ("timeliness", "records_counted"):
        wholes = {key: by_source.get(name, "source", key).denominator for key in ("school", "worker", "screening")}
        assert wholes["school"] is None and list(wholes.values()).count(None) == 2


def test_a_second_examination_of_few_is_not_told_by_the_number_of_examinations() -> None:
    figures = published(("people_examined_year", "total", "", 100, 100), ("paid_twice", "total", "", 0, 103))
    assert figures.get("people_examined_year").numerator == 100
    assert figures.get("paid_twice").denominator is None


def test_a_withheld_total_is_no_denominator_either() -> None:
    rows: list[Row] = [
        ("people_examined_year", "total", "", 60, 60), ("people_examined_period", "total", "", 3, 3),
        ("people_examined_year", "source", "school", 60, 60), ("people_by_records", "times", "1", 60, 60),
        ("main_findings", "total", "", 30, 60),
        ("result_classes", "total", "", 58, 60), ("result_classes", "class", "1", 58, 58),
        ("result_classes_age", "class_age", "1/18_59", 38, 38), ("result_classes_age", "class_age", "1/60_plus", 20, 20),
    ]  # fmt: skip
    figures = published(*rows)
    assert figures.get("people_examined_year").whole_hidden_as == "withheld"
    # 38 and 20 are the 58 who have a class, of whom all but two do.
    assert [figures.get(*row[:3]).denominator for row in rows] == [None] * len(rows)


def test_places_booked_are_told_only_with_the_people_invited() -> None:
    few = published(("invitations", "total", "", 97, 100), ("session_capacity", "total", "", 97, 500))
    assert few.get("session_capacity").numerator is None
    many = published(("invitations", "total", "", 60, 100), ("session_capacity", "total", "", 60, 500))
    assert many.get("session_capacity").numerator == 60


def of_the_roster(communes: dict[str, tuple[int, int]], unknown: str = "") -> Published:
    """Residents and short stays by commune; of the `unknown` one nobody knows the population."""
    people = {key: sum(counted) for key, counted in communes.items()}
    residents, stays = (sum(counted[place] for counted in communes.values()) for place in (0, 1))
    listed = {key: number for key, number in people.items() if key != unknown}
    return published(
        ("roster_people", "total", "", residents + stays, None),
        ("roster_people", "residence", "resident", residents, None),
        ("roster_people", "residence", "short_stay", stays, None),
        ("residence_conflicts", "total", "", 0, residents + stays),
        ("population_listed", "total", "", sum(listed.values()), 90_000),
        *(("population_listed", "commune", key, number, 9000) for key, number in listed.items()),
        ("examined_share", "total", "", 100, residents),
        *(("examined_share", "commune", key, 20, of) for key, (of, _) in communes.items()),
    )


def test_few_short_stays_do_not_follow_from_the_roster_and_the_residents() -> None:
    figures = of_the_roster({"a": (100, 3), "b": (200, 0), "c": (300, 0)})
    assert shown(figures, "roster_people", "residence") == {"resident": 600, "short_stay": None}
    assert figures.get("roster_people").hidden_as == "withheld" and figures.get("examined_share").denominator == 600
    assert figures.get("residence_conflicts").denominator is None
    assert {*shown(figures, "population_listed").values(), *shown(figures, "population_listed", "commune").values()} == {None}
    plenty = of_the_roster({"a": (100, 30), "b": (200, 0), "c": (300, 7)})
    assert shown(plenty, "roster_people", "residence") == {"resident": 600, "short_stay": 37}
    assert shown(plenty, "population_listed", "commune") == {"a": 130, "b": 200, "c": 307}


def test_a_commune_with_few_on_its_list_or_few_short_stays_does_not_tell_them() -> None:
    figures = of_the_roster({"a": (3, 0), "b": (200, 0), "c": (300, 2), "d": (400, 9), "e": (500, 40)})
    listed = shown(figures, "population_listed", "commune")
    assert listed["a"] is listed["b"] is listed["c"] is None and listed["e"] == 540
    assert shown(figures, "population_listed") == {"": 1454} and shown(figures, "roster_people") == {"": 1454}
    # That b has nobody but residents is not told: c, whose list is as secret, keeps what its share is of.
    assert figures.get("examined_share", "commune", "c").denominator == 300
    # All lists less those of communes with a known population are that of the last one.
    assert of_the_roster({"a": (100, 20), "b": (200, 9), "c": (300, 3)}, unknown="c").get("population_listed").numerator is None


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({}, {"2026-W41": 50, "2026-W42": 60, "2026-W43": 70}),
        ({"2026-W43": 3}, {"2026-W41": None, "2026-W42": 60, "2026-W43": None}),
        # The last one is not over, and is what the total has more.
        ({"2026-W44": 22}, {"2026-W41": 50, "2026-W42": 60, "2026-W43": 70}),
        ({"2026-W44": 3}, {"2026-W41": None, "2026-W42": 60, "2026-W43": 70}),
    ],
)
def test_no_part_of_a_week_follows_from_totals(parts: dict[str, int], expected: dict[str, int | None]) -> None:
    weeks = {"2026-W41": 50, "2026-W42": 60, "2026-W43": 70}
    figures = published(
        ("weekly_progress", "total", "", 180 + parts.get("2026-W44", 0), 1000),
        *(("weekly_progress", "week", key, number, 1000) for key, number in weeks.items()),
        *(("weekly_progress", "week_part", key, number, None) for key, number in (weeks | parts).items()),
    )
    assert shown(figures, "weekly_progress", "week") == expected
    assert figures.breakdowns("weekly_progress") == ["total", "week"]


def of_a_priority_group(people: int, of: int) -> Published:
    """Beneficiaries of policies by code 4, with a second code too; few of another code hide them in the table by code."""
    made = [Figure("priority_groups", "priority_part", "policy/group/4", None, None)]
    rows: list[Row] = [
        ("examined_share", "total", "", 500, 2000),
        *(("examined_share", "group", key, n, 300) for key, n in (("2", 3), ("3", 80), ("4", 23), ("5", 90))),
        ("priority_groups", "total", "", 160, 600),
        ("priority_groups", "priority", "policy", people, of),
        ("priority_groups", "priority", "poor", 80, 300), ("priority_groups", "priority", "old", 90, 400),
    ]  # fmt: skip
    made += [Figure(*row[:3], Decimal(row[3]), None if row[4] is None else Decimal(row[4])) for row in rows]
    return Published(made, reporting.indicators())


def test_a_hidden_cell_is_not_told_by_a_priority_group_of_the_same_people() -> None:
    same = of_a_priority_group(23, 300)
    assert shown(same, "examined_share", "group") == {"2": None, "3": 80, "4": None, "5": 90}
    assert shown(same, "priority_groups", "priority") == {"policy": None, "poor": None, "old": 90}
    assert same.breakdowns("priority_groups") == ["priority", "total"]
    # Two more than of the code are as few, also among those who were not examined, and among all of them.
    assert shown(of_a_priority_group(25, 400), "priority_groups", "priority")["policy"] is None
    assert shown(of_a_priority_group(33, 313), "priority_groups", "priority")["policy"] is None
    assert of_a_priority_group(33, 303).get("priority_groups", "priority", "policy").denominator is None
    assert shown(of_a_priority_group(33, 400), "priority_groups", "priority") == {"policy": 33, "poor": 80, "old": 90}
