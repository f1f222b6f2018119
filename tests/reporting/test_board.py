"""The board of a year: as rows, as a workbook that is opened and read back, and as the mail of the month."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import io
import zipfile
from typing import Any
from xml.etree import ElementTree

import psycopg
import pytest
from python_calamine import CalamineWorkbook

from sangloc import provinces, reporting

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture
def year(province: str, warehouse: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> str:
    """Lạng Sơn on 8 December 2026: October in time and corrected once, November overdue, the annual report in review."""
    monkeypatch.setenv("SANGLOC_JOINED_ON", "2026-10-20")
    monkeypatch.setenv("SANGLOC_NOW", "2026-12-08T07:00:00+07:00")
    reporting.expect(province)
    for state in ("delivered", "collecting", "delivered"):
        warehouse.execute(
            "UPDATE reporting.submission SET state = %s, version = version + 1, state_since = '2026-11-03 16:00+07',"
            " delivered_at = '2026-11-03 16:00+07' WHERE period_key = '2026-10'",
            [state],
        )
    warehouse.execute(
        "UPDATE reporting.submission SET state = 'in_review' WHERE period_key = '2026' AND obligation LIKE 'annual%'"
    )
    return province


def read(content: bytes) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def sheets(content: bytes) -> list[ElementTree.Element]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = sorted(name for name in archive.namelist() if name.startswith("xl/worksheets/sheet"))
        return [ElementTree.fromstring(archive.read(name)) for name in names]


def test_the_year_holds_what_ends_or_is_due_in_it(year: str) -> None:
    rows = {(row["obligation"], row["period_key"]): row for row in reporting.board(year, 2026)}
    assert list(rows) == [
        ("monthly_byt", "2026-10"), ("annual_dang_uy", "2026"), ("monthly_byt", "2026-11"), ("monthly_byt", "2026-12"),
    ]  # fmt: skip
    october, november = rows["monthly_byt", "2026-10"], rows["monthly_byt", "2026-11"]
    assert (october["standing"], october["corrections"], october["days_late"]) == ("in_time", 1, None)
    assert (november["standing"], november["days_late"], november["label"]) == ("overdue", 4, "tháng 11 năm 2026")
    assert november["certainty"] == "second_hand"
    assert [(owed["name_vi"][:8], owed["expected"]) for owed in rows["annual_dang_uy", "2026"]["inputs"]] == [
        ("Kết quả ", 65), ("Kết quả ", 3),
    ]  # fmt: skip
    # December's report is due in January: it stands on both boards.
    assert ("monthly_byt", "2026-12") in {(row["obligation"], row["period_key"]) for row in reporting.board(year, 2027)}


def test_the_workbook_has_typed_cells(year: str) -> None:
    content = reporting.workbook(year, 2026)
    assert content == reporting.workbook(year, 2026)
    found = read(content)
    assert list(found) == ["Tổng hợp", "Chi tiết", "Số liệu từ đơn vị"]
    overview, detail, inputs = found.values()
    assert overview[0][0] == "Sở Y tế – Tỉnh Lạng Sơn. Bảng theo dõi báo cáo năm 2026. Tính đến 07:00 ngày 08/12/2026."
    cells = {cell for row in overview for cell in row}
    assert {
        "Tháng 10/2026\nĐúng hạn\nđính chính 1 lần",
        "Tháng 11/2026\nQuá hạn 4 ngày",
        "Tháng 12/2026\nChưa đến hạn",
    } <= cells
    head, *rows = detail[2:]
    november = dict(zip(head, rows[2], strict=True))
    assert november["Kỳ"] == "tháng 11 năm 2026"
    assert (november["Từ ngày"], november["Đến ngày"]) == (dt.date(2026, 11, 1), dt.date(2026, 11, 30))
    assert str(november["Hạn gửi"]) == "2026-12-04 23:59:59"
    assert (november["Trạng thái"], november["Đánh giá"], november["Số ngày chậm"]) == ("Chưa lập", "Quá hạn", 4)
    assert november["Gửi lúc"] == "" and november["Căn cứ chu kỳ, hạn"] == "Nguồn thứ cấp"
    head, communes, departments, *_ = inputs[2:]
    assert dict(zip(head, communes, strict=True))["Phải gửi"] == 65
    assert dict(zip(head, departments, strict=True))["Tỷ lệ đúng hạn"] == 0


def test_the_workbook_is_ready_to_be_read_and_printed(year: str) -> None:
    for sheet in sheets(reporting.workbook(year, 2026)):
        pane = sheet.find(f"{MAIN}sheetViews/{MAIN}sheetView/{MAIN}pane")
        assert pane is not None and (pane.get("ySplit"), pane.get("state")) == ("3", "frozen")
        setup = sheet.find(f"{MAIN}pageSetup")
        assert setup is not None and (setup.get("orientation"), setup.get("paperSize")) == ("landscape", "9")
    with zipfile.ZipFile(io.BytesIO(reporting.workbook(year, 2026))) as archive:
        book = archive.read("xl/workbook.xml").decode()
    assert book.count("_xlnm.Print_Area") == book.count("_xlnm.Print_Titles") == 3
    assert "'Chi tiết'!$A$1:$N$7" in book


def test_a_year_without_anything_is_an_empty_workbook(province: str) -> None:
    assert list(read(reporting.workbook(province, 2020))) == ["Tổng hợp", "Chi tiết"]


def test_the_mail_of_the_month_goes_once(
    year: str, warehouse: psycopg.Connection, postbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 1 January 2027 is a holiday, and the 2nd and 3rd a weekend.
    for day, sent in (("2026-12-08", True), ("2026-12-09", False), ("2027-01-01", False), ("2027-01-03", False),
                      ("2027-01-04", True), ("2027-01-20", False)):  # fmt: skip
        monkeypatch.setenv("SANGLOC_NOW", f"{day}T07:00:00+07:00")
        reporting.expect(year)
        assert reporting.send_board(year)["sent"] is sent, day
    contacts = provinces.load(year).contacts
    assert [to for _, to in postbox.arrived] == [contacts.officer, contacts.deputy, contacts.superior] * 2
    december, january = (email.message_from_bytes(mail.content, policy=email.policy.default) for mail in postbox.mails[::3])
    assert december["Subject"] == "[Tỉnh Lạng Sơn] Bảng theo dõi báo cáo tháng 12 năm 2026 – 2 báo cáo QUÁ HẠN"
    part = december.get_body(("plain",))
    assert part is not None
    text = part.get_content()
    assert "- Quá hạn: 2\n" in text and "quá hạn 4 ngày, chờ phê duyệt" in text
    assert "tháng 11 năm 2026: hạn 04/12/2026, quá hạn 4 ngày, chưa lập" in text
    assert "tháng 12 năm 2026: hạn 04/01/2027, chưa lập" in text
    assert [part.get_filename() for part in december.iter_attachments()] == ["lang_son_bang_theo_doi_bao_cao_2026.xlsx"]
    # In January the year that ended goes with the new one.
    files = {part.get_filename(): part.get_content() for part in january.iter_attachments()}
    assert list(files) == ["lang_son_bang_theo_doi_bao_cao_2026.xlsx", "lang_son_bang_theo_doi_bao_cao_2027.xlsx"]
    kept: dict[str, bytes] = dict(
        warehouse.execute("SELECT file_name, content FROM reporting.notice_file ORDER BY outbox_id").fetchall()
    )
    assert kept == files
