"""The end of a year and Tết in one province, day by day, against what has to happen (scripts/year_soak/model.py works that out
by itself). `make soak-year` does the same with the whole year, three provinces and the scheduler."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from year_soak import drive, outcome
from year_soak.direct import Direct
from year_soak.model import Told, moment
from year_soak.place import contacts, simulated_root
from year_soak.scenario import SHORT

from sangloc import provinces
from sangloc.warehouse import transaction

SLUG = "thai_nguyen"
DECEMBER, JANUARY = ("monthly_byt", "2026-12"), ("monthly_byt", "2027-01")


def test_the_end_of_a_year_and_tet(
    warehouse: psycopg.Connection, postbox: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SANGLOC_ROOT", str(simulated_root(tmp_path / "root", SHORT.provinces, SHORT.offices)))
    with transaction() as connection:
        provinces.register(connection, SLUG)
    plan = SHORT.years()
    world = Direct(warehouse, postbox)
    drive.simulate(world, plan, SHORT.inputs)
    names = {SLUG: contacts(SLUG)}
    assert drive.differences(world, plan, names, SHORT.inputs) == []
    # Written out by hand, so that model and project are not wrong in the same way.
    expected = plan[0].told()
    assert [told for told in expected if "2027-01." in told.topic] == [
        Told(date(2027, 1, 21), "watch.monthly_byt.2027-01.before-10", ("officer",)),
        Told(date(2027, 1, 27), "watch.monthly_byt.2027-01.before-5", ("officer",)),
        Told(date(2027, 2, 2), "watch.monthly_byt.2027-01.before-2", ("officer", "deputy")),
        Told(date(2027, 2, 2), "watch.monthly_byt.2027-01.v1.deputy", ("deputy", "officer")),
        Told(date(2027, 2, 3), "watch.monthly_byt.2027-01.before-1", ("officer", "deputy", "engineer")),
        Told(date(2027, 2, 5), "watch.monthly_byt.2027-01.after-0", ("officer", "deputy", "engineer")),
        Told(date(2027, 2, 12), "watch.monthly_byt.2027-01.after-2", ("officer", "deputy", "engineer", "superior")),
    ]
    assert {key: row[:3] for key, row in drive.board(world, SLUG).items() if row[1] == "late"} == {
        DECEMBER: (moment("2027-01-04 23:59:59.999999"), "late", 7),
        JANUARY: (moment("2027-02-04 23:59:59.999999"), "late", 8),
    }
    outcome.write(world, plan, tmp_path, "As it had to be.", 1)
    page = (tmp_path / "simulated-year.md").read_text(encoding="utf-8")
    assert "| monthly_byt | 2027-01 | Thu 04/02/2027 | Fri 12/02/2027 09:00 | late, 8 d | 10: 21/01, 5: 27/01" in page
    assert "stations 21/92, 20 in time" in page
    # What is compared can differ: a mail too many, a day too late, a report that stands otherwise.
    wrong = replace(SHORT, provinces=(replace(SHORT.provinces[0], courses={}),)).years()
    fewer = tuple(replace(owed, sent=owed.sent[1:]) for owed in SHORT.inputs)
    assert "v1: doctor_rotations total" in "\n".join(drive.differences(world, plan, names, fewer))
    text = "\n".join(drive.differences(world, wrong, names))
    assert "watch.monthly_byt.2027-01.after-2" in text and "2027-01 stands due 2027-02-04 23:59, late" in text
