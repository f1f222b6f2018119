"""A province whose units owe figures, and their folders."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import psycopg
import pytest

from sangloc import forms, reporting

SLUG, FIRST, SECOND = "lang_son", "05977", "06040"
OBLIGATION, PERIOD = "annual_dang_uy", "2026"
NOW, HANDED_OUT = "2026-11-18T08:00:00+07:00", "template_forms"
NUMBERS = {
    "Số hội nghị": 3,
    "Số buổi sinh hoạt chi bộ": 12,
    "Số buổi sinh hoạt đoàn thể": 7,
    "Số tin, bài": 20,
    "Số chuyên mục, chuyên trang": 1,
    "Số sản phẩm truyền thông": 0,
}


class Units:
    """The landing zone as an operator sees it, and the warehouse."""

    def __init__(self, landing: Path, connection: psycopg.Connection) -> None:
        self.landing, self.connection = landing, connection

    def empty(self, unit: str, owed: str = "communes", period: str = PERIOD, obligation: str = OBLIGATION) -> bytes:
        """The form that the system laid into the unit's folder."""
        return (self.landing / SLUG / "returned" / "forms" / unit / f"bieu_{obligation}_{period}_{owed}.xlsx").read_bytes()

    def send(self, unit: str, content: bytes, name: str = "so lieu.xlsx") -> Path:
        path = self.landing / SLUG / "submissions" / unit / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def take_in(self, unit: str = FIRST, run: str = "run") -> dict[str, int]:
        return forms.take_in(SLUG, unit, run)

    def returned(self, unit: str = FIRST) -> list[bytes]:
        """The workbooks that went back to the unit, in the order of their numbers."""
        found = (self.landing / SLUG / "returned" / "forms" / unit).glob("*-bieu-bi-tra-lai.xlsx")
        return [path.read_bytes() for path in sorted(found, key=lambda path: int(path.name.partition("-")[0]))]

    def figures(self, unit: str = FIRST) -> dict[str, Any]:
        """The figures of a unit that count."""
        rows = self.connection.execute(
            "SELECT figure, coalesce(value::text, value_text) FROM reporting.received_figure WHERE unit = %s AND counts", [unit]
        )
        return dict(rows.fetchall())

    def due(self, unit: str = FIRST) -> tuple[Any, Any]:
        row = self.connection.execute(
            "SELECT d.received_at, d.received_at <= d.due_at"
            " FROM reporting.input_due AS d JOIN reporting.submission USING (submission_id)"
            " WHERE unit = %s AND obligation = %s AND period_key = %s",
            [unit, OBLIGATION, PERIOD],
        ).fetchone()
        assert row is not None
        return row[0], row[1]

    def reasons(self) -> list[str]:
        """Why files were refused, in the order in which they came."""
        rows = self.connection.execute("SELECT reason_code FROM intake.file WHERE kind = 'form' ORDER BY file_id").fetchall()
        return [row[0] for row in rows]

    def faults(self) -> dict[str, str]:
        """Reason by figure of every reject that is about a cell."""
        rows = self.connection.execute("SELECT column_name, reason_code FROM intake.reject WHERE raw ? 'form'")
        return dict(rows.fetchall())


@pytest.fixture(scope="session")
def handed_out(prepare: Any) -> Path:
    """The landing zone with the annual report's forms, made once; its warehouse is a template."""
    with prepare(HANDED_OUT) as beginning:
        beginning.patch.setenv("SANGLOC_NOW", NOW)
        reporting.expect(SLUG)
        forms.issue_forms(SLUG)
    return Path(beginning.folder) / "landing"


@pytest.fixture
def template(request: pytest.FixtureRequest, template: str) -> str:
    if "units" not in request.fixturenames:
        return template
    request.getfixturevalue("handed_out")
    return HANDED_OUT


@pytest.fixture
def units(handed_out: Path, warehouse: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Units:
    """Lạng Sơn on a day on which the annual report's figures are not late yet, with the forms handed out."""
    monkeypatch.setenv("SANGLOC_NOW", NOW)
    shutil.copytree(handed_out, tmp_path / "landing")
    return Units(tmp_path / "landing", warehouse)
