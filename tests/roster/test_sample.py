"""A generated province's two months of lists, against the truth they were made from."""

from __future__ import annotations

import csv
import random
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from sangloc.provinces import communes
from sangloc.sample import generate

PEOPLE = 3000
AS_OF = date(2026, 11, 20)


def truth_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def refresh_all(roster: Any, order: random.Random) -> Counter[str]:
    codes = [commune.code for commune in communes(roster.slug)]
    order.shuffle(codes)
    total: Counter[str] = Counter()
    for code in codes:
        total.update(roster.refresh(code))
    return total


def by_truth(roster: Any, people: Path, rows: Path) -> dict[str, int]:
    """Person by truth id, for everyone whom commune, name and birth date tell apart."""
    listed = {row["truth_id"] for row in truth_rows(rows) if not row["reject_code"]}
    truth: dict[tuple[str, ...], list[str]] = {}
    for row in truth_rows(people):
        if row["truth_id"] in listed:
            truth.setdefault((row["commune_code"], row["full_name"], row["birth_date"][:4]), []).append(row["truth_id"])
    known: dict[tuple[str, ...], list[int]] = {}
    for commune, name, year, person in roster.query(
        "SELECT commune_code, full_name, extract(YEAR FROM birth_date)::text, person_id FROM roster.person"
    ):
        known.setdefault((commune, name, year), []).append(person)
    return {ids[0]: known[key][0] for key, ids in truth.items() if len(ids) == 1 and len(known.get(key, [])) == 1}


def test_two_months_of_a_province(roster: Any) -> None:
    truth = roster.landing.parent / "truth" / roster.slug
    first = generate(roster.slug, PEOPLE, 7, roster.landing, AS_OF)
    order = random.Random(3)
    counts = refresh_all(roster, order)
    assert (counts["read"], counts["accepted"], counts["inserted"]) == (first.rows, first.accepted, first.accepted)
    assert dict(roster.query("SELECT reason_code, count(*) FROM intake.reject GROUP BY 1")) == first.rejected
    expected = {
        (row["commune_code"], Path(row["file"]).name, int(row["row_number"]), row["reject_code"])
        for row in truth_rows(truth / "roster_rows.csv")
        if row["reject_code"]
    }
    found = roster.query(
        "SELECT f.commune_code, f.path, r.row_number, r.reason_code "
        "FROM intake.reject AS r JOIN intake.file AS f USING (file_id)"
    )
    assert {(commune, Path(path).name, row, code) for commune, path, row, code in found} == expected
    assert refresh_all(roster, order)["changed"] == 0

    before = by_truth(roster, truth / "people.csv", truth / "roster_rows.csv")
    second = generate(roster.slug, PEOPLE, 7, roster.landing, AS_OF, month=2)
    refresh_all(roster, order)
    assert roster.query("SELECT count(*) FROM roster.person") == [(second.accepted,)]
    listed = Counter(row["commune_code"] for row in truth_rows(truth / "roster_rows_month2.csv") if not row["reject_code"])
    assert dict(roster.query("SELECT commune_code, count(*) FROM roster.person GROUP BY 1")) == listed
    assert refresh_all(roster, order)["changed"] == 0

    after = by_truth(roster, truth / "people_month2.csv", truth / "roster_rows_month2.csv")
    changes = {row["truth_id"]: row["kind"] for row in truth_rows(truth / "changes_month2.csv")}
    both = before.keys() & after.keys()
    assert len(both) > 0.8 * PEOPLE
    assert {changes.get(one) for one in both} >= {"move", "citizen_id_added", "citizen_id_corrected"}
    assert [changes.get(one) for one in both if before[one] != after[one]] == []
    assert len(set(after.values())) == len(after)
