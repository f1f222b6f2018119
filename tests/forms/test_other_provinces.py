"""Order 004's figures, and units of every kind."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import docx
import psycopg
import pytest

from forms.workbooks import fill
from sangloc import forms, provinces, reporting
from sangloc.warehouse import transaction

STATION = {
    "Tỷ lệ khám chữa bệnh bảo hiểm y tế tại trạm y tế cấp xã (%)": 15.5,
    "Số bác sĩ bình quân một trạm y tế cấp xã": 3,
    "Số lượt bác sĩ luân phiên, luân chuyển, điều động về trạm y tế cấp xã": 20,
    "Tỷ lệ tiêm chủng mở rộng (%)": 94.25,
}


def province(slug: str, day: str, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("SANGLOC_NOW", f"{day}T08:00:00+07:00")
    with transaction() as connection:
        provinces.register(connection, slug)


def landed(landing: Path, slug: str, folder: str, content: bytes) -> None:
    path = landing / slug / "submissions" / folder / "bieu.xlsx"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)


def test_order_004_from_the_form_to_the_targets(
    warehouse: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slug, landing = "thai_nguyen", tmp_path / "landing"
    province(slug, "2026-12-15", monkeypatch)
    reporting.expect(slug)
    forms.issue_forms(slug)
    handed = landing / slug / "returned" / "forms"
    first, second = (commune.code for commune in provinces.communes(slug)[:2])
    name = "bieu_annual_progress_2026_stations.xlsx"
    landed(landing, slug, first, fill((handed / first / name).read_bytes(), STATION))
    more = {"Số bác sĩ bình quân một trạm y tế cấp xã": 5, "Tỷ lệ tiêm chủng mở rộng (%)": 0.97}
    landed(landing, slug, second, fill((handed / second / name).read_bytes(), STATION | more))
    cover = {
        "Tỷ lệ bao phủ bảo hiểm y tế (%)": "95,55",
        "Tỷ lệ khám chữa bệnh bảo hiểm y tế tại trạm y tế cấp xã (%)": 21.5,
    }
    office = (handed / "bhxh" / "bieu_annual_progress_2026_departments.xlsx").read_bytes()
    landed(landing, slug, "bhxh", fill(office, cover))
    taken = {unit["folder"]: forms.take_in(slug, unit["folder"], "run") for unit in forms.new_units(slug)}
    assert {folder: (counts["figures"], counts["faults"]) for folder, counts in taken.items()} == {
        first: (4, 0),
        second: (3, 1),  # a share of 1 for one of 100
        "bhxh": (2, 0),
    }
    submission = reporting.open_submission(slug, "annual_progress", "run", period_key="2026")
    reporting.take_snapshot(submission)
    reporting.render(submission)
    text = words(warehouse)
    # The office's own figure goes before the mean of the communes.
    assert "Tỷ lệ bao phủ bảo hiểm y tế | Trên 95% | 2026 | 95,5% | – | Đạt" in text
    assert "trạm y tế cấp xã | Trên 20% | 2030 | 21,5% | – | Đạt" in text
    assert "Số bác sĩ tại mỗi trạm y tế cấp xã | Từ 4 bác sĩ | 2027 | 4 bác sĩ | – | Đạt" in text
    assert "mỗi năm | Từ 30 lượt/năm | 2030 | 40 lượt/năm | – | Đạt" in text
    assert f"đã nhận số liệu của 2/{len(provinces.communes(slug))} đơn vị" in text


def words(connection: psycopg.Connection) -> str:
    row = connection.execute("SELECT content FROM reporting.document WHERE kind = 'docx'").fetchone()
    assert row is not None
    body = docx.Document(io.BytesIO(row[0]))
    tables = [" | ".join(cell.text for cell in line.cells) for table in body.tables for line in table.rows]
    return "\n".join([paragraph.text for paragraph in body.paragraphs] + tables)


def test_a_facility_and_a_commune_of_one_code_have_folders_of_their_own(
    warehouse: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slug, landing = "hai_phong", tmp_path / "landing"
    province(slug, "2026-10-01", monkeypatch)
    monkeypatch.setenv("SANGLOC_JOINED_ON", "2026-07-01")
    province(slug, "2026-10-01", monkeypatch)
    code = provinces.communes(slug)[0].code
    warehouse.execute("INSERT INTO ref.facility (province_code, code, name) VALUES ('31', %s, 'Bệnh viện Mẫu')", [code])
    reporting.expect(slug)
    forms.issue_forms(slug)
    handed = landing / slug / "returned" / "forms"
    obligation = next(one.id for one in provinces.load(slug).obligations if one.inputs)
    for folder, owed, text in ((code, "communes", "Của xã"), (f"cskcb_{code}", "facilities", "Của bệnh viện")):
        empty = (handed / folder / f"bieu_{obligation}_2026-Q3_{owed}.xlsx").read_bytes()
        landed(landing, slug, folder, fill(empty, {"Khó khăn, vướng mắc": text}))
    assert [unit["name"] for unit in forms.new_units(slug)] == [provinces.communes(slug)[0].name, "Bệnh viện Mẫu"]
    for unit in forms.new_units(slug):
        assert forms.take_in(slug, unit["folder"], "run")["forms"] == 1
    found: list[Any] = warehouse.execute(
        "SELECT unit_kind, value_text FROM reporting.received_figure ORDER BY unit_kind"
    ).fetchall()
    assert found == [("commune", "Của xã"), ("facility", "Của bệnh viện")]


@pytest.mark.parametrize("slug", provinces.slugs())
def test_every_number_that_units_report_has_an_indicator_that_counts_it(slug: str) -> None:
    for obligation in provinces.load(slug).obligations:
        asked = {name for owed in obligation.inputs for name in owed.figures}
        numbers = {figure.id for figure in obligation.manual_figures if figure.kind == "number"}
        assert asked & numbers <= set(reporting.indicators())
