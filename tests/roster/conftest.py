"""A commune's lists, written as its clerk would, and the warehouse they are merged into."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

HEADINGS = {
    "full_name": "Họ và tên",
    "birth_date": "Ngày sinh",
    "sex": "Giới tính",
    "citizen_id": "Số CCCD",
    "insurance_no": "Mã số BHYT",
    "ethnic": "Dân tộc",
    "phone": "Số điện thoại",
    "village": "Thôn/Tổ",
    "household_no": "Số hộ",
    "relation": "Quan hệ với chủ hộ",
    "residence": "Tình trạng cư trú",
    "groups": "Đối tượng",
    "guardian_id": "CCCD người giám hộ",
}
Person = dict[str, str]


class Roster:
    """Writes lists, has them merged, and looks into the warehouse as its owner."""

    def __init__(self, landing: Path, slug: str, warehouse: psycopg.Connection) -> None:
        self.landing, self.slug, self.warehouse = landing, slug, warehouse
        self.runs = 0

    def send(self, commune: str, name: str, people: list[Person] | bytes) -> Path:
        path = self.landing / self.slug / "roster" / commune / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not isinstance(people, bytes):
            target = io.StringIO()
            writer = csv.DictWriter(target, list(HEADINGS))
            writer.writerow(HEADINGS)
            writer.writerows(people)
            people = target.getvalue().encode("utf-8-sig")
        path.write_bytes(people)
        return path

    def refresh(self, commune: str) -> dict[str, int]:
        from sangloc.roster import refresh_commune

        self.runs += 1
        return refresh_commune(self.slug, commune, f"run {self.runs}")

    def merge(self, commune: str, name: str, people: list[Person]) -> dict[str, int]:
        self.send(commune, name, people)
        return self.refresh(commune)

    def start_again(self) -> None:
        """Forget every list, the files in the landing zone stay."""
        self.warehouse.execute(
            "TRUNCATE roster.person, roster.person_past, roster.former_identifier, roster.claim, roster.list_state, "
            "roster.refresh, intake.file RESTART IDENTITY CASCADE"
        )

    def correct(self, path: str, heading: str, value: str) -> bytes:
        """The workbook at `path` of the landing zone with `value` in every row's column of that heading."""
        import xlsxwriter
        from python_calamine import CalamineWorkbook

        rows = CalamineWorkbook.from_path(str(self.landing / path)).get_sheet_by_index(0).to_python()
        at = rows[0].index(heading)
        target = io.BytesIO()
        book = xlsxwriter.Workbook(target)
        page = book.add_worksheet("Dòng bị trả lại")
        for line, row in enumerate(rows):
            page.write_row(line, 0, [value if line and place == at else cell for place, cell in enumerate(row)])
        book.close()
        return target.getvalue()

    def query(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return self.warehouse.execute(statement, parameters).fetchall()

    def people(self) -> list[tuple[str, str]]:
        return self.query("SELECT full_name, commune_code FROM roster.person ORDER BY full_name, person_id")

    def person_id(self, full_name: str) -> int:
        ((found,),) = self.query("SELECT person_id FROM roster.person WHERE full_name = %s", full_name)
        return int(found)

    def history(self, person_id: int) -> list[tuple[str, str, str | None]]:
        return self.query(
            "SELECT commune_code, change, end_reason FROM roster.person_history WHERE person_id = %s ORDER BY history_id",
            person_id,
        )

    def everything(self) -> list[list[tuple[Any, ...]]]:
        tables = ("person", "person_history", "person_identifier", "person_group", "claim", "refresh", "list_state")
        return [self.query(f"SELECT * FROM roster.{table} ORDER BY 1, 2, 3") for table in tables]  # noqa: S608

    def check(self) -> None:
        """Whatever a test does, nobody is on the roster twice, and history and roster tell the same."""
        twice = "SELECT citizen_id FROM roster.person GROUP BY 1 HAVING count(*) > 1 AND citizen_id <> ''"
        assert self.query(twice) == []
        here = "SELECT person_id, commune_code FROM roster.person"
        told = "SELECT person_id, commune_code FROM roster.person_history WHERE valid_to IS NULL"
        assert self.query(f"{here} EXCEPT {told}") == []
        assert self.query(f"{told} EXCEPT {here}") == []


@pytest.fixture
def roster(province: str, warehouse: psycopg.Connection, tmp_path: Path) -> Iterator[Roster]:
    made = Roster(tmp_path / "landing", province, warehouse)
    yield made
    made.check()
    # It may be another one than it was made with.
    made.warehouse.close()


@pytest.fixture
def clock_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    return lambda day: monkeypatch.setenv("SANGLOC_NOW", f"{day}T08:00:00+07:00")
