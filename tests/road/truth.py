"""What the sample's truth says about exams and people, in the words of the warehouse."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NamedTuple

from sangloc import provinces
from sangloc.intake import name_key

SLUG = "lang_son"


class Covered(NamedTuple):
    """How a person's year was covered: as a row of `stats.coverage`."""

    source: str
    exam_date: str
    records: int
    paid_twice: int
    repeated: int


def newest_exams(road: Any) -> dict[str, dict[str, str]]:
    """The truth's newest version of every exam record that is not to be rejected, by key and facility."""
    newest: dict[str, dict[str, str]] = {}
    for row in road.rows("exams.csv"):
        key = f"{row['ma_lk']}/{row['facility_code']}"
        if row["reject_code"]:
            continue
        if key not in newest or int(row["version"]) > int(newest[key]["version"]):
            newest[key] = row
    return newest


def who_is_who(road: Any) -> dict[int, str]:
    """The truth's person behind each person of the roster: by number, else by commune, name and year of birth."""
    by_number: dict[str, str] = {}
    by_name: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for row in road.rows("people.csv"):
        by_number[row["citizen_id"]] = row["truth_id"]
        by_name[row["commune_code"], name_key(row["full_name"]), row["birth_date"][:4]].append(row["truth_id"])
    found: dict[int, str] = {}
    for person, number, commune, key, born in road.counts["people"]:
        # A mistyped number is nobody's; who shares commune, name and year with somebody else stays out.
        same = by_name[commune, key, born[:4]]
        if number in by_number:
            found[person] = by_number[number]
        elif len(same) == 1:
            found[person] = same[0]
    return found


def coverage(exams: list[dict[str, str]]) -> dict[str, Covered]:
    """Who is covered by these exams of one year, by the profile's order of sources and kinds."""
    rules = provinces.load(SLUG).coverage
    kinds = {source: kind for kind, sources in rules.kinds.items() for source in sources}
    rank = {source: place for place, source in enumerate(rules.source_priority)}
    of_person: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in exams:
        of_person[row["truth_id"]].append(row)
    covered = {}
    for person, rows in of_person.items():
        ordered = sorted(rows, key=lambda row: (row["exam_date"], rank[row["source"]]))
        paid_twice = repeated = 0
        for place, row in enumerate(ordered):
            earlier = {one["source"] for one in ordered[:place] if kinds[one["source"]] == kinds[row["source"]]}
            paid_twice += bool(earlier - {row["source"]})
            repeated += earlier == {row["source"]}
        covered[person] = Covered(ordered[0]["source"], ordered[0]["exam_date"], len(rows), paid_twice, repeated)
    return covered
