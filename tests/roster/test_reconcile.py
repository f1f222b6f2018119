"""Nobody left out: people on no list, people on two, and each commune's numbers."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from python_calamine import CalamineWorkbook

from people import add_file, add_person, add_refresh
from sangloc.intake import name_fold, name_key
from sangloc.linkage import link
from sangloc.roster.reconcile import CONFLICTS_FILE, UNLISTED_FILE, reconcile, unlisted

HERE, THERE = "05983", "05977"
NAME, BORN, NUMBER = "Hoàng Văn Thí", date(1988, 5, 20), "020088000003"


class Commune:
    """Exams and people of Lạng Sơn, and what lies in the communes' folders."""

    def __init__(self, db: psycopg.Connection, landing: Path) -> None:
        self.db, self.landing = db, landing
        self.exams = 0

    def exam(self, name: str = NAME, commune: str | None = HERE, **values: Any) -> int:
        self.exams += 1
        row = {
            "province_code": "20", "file_id": add_file(self.db, kind="exam"), "source": "screening", "facility_code": "20001",
            "ma_lk": str(self.exams), "version": 1, "is_current": True, "content_hash": "h", "form": "18_plus",
            "code_set_version": "QD2062", "exam_date": date(2026, 8, 10), "concluded_at": "2026-08-10",
            "received_at": "2026-08-10", "full_name": name,
            "name_key": name_key(name), "name_fold": name_fold(name), "birth_date": BORN,
            "birth_precision": "day", "sex": 1, "citizen_id": NUMBER, "commune_code": commune, **values,
        }  # fmt: skip
        columns, marks = ", ".join(row), ", ".join(["%s"] * len(row))
        query = f"INSERT INTO exam.encounter ({columns}) VALUES ({marks}) RETURNING encounter_id"  # noqa: S608
        return int(self.db.execute(query, list(row.values())).fetchone()[0])

    def listed(self) -> list[tuple[Any, ...]]:
        return self.db.execute("SELECT encounter_id, commune_code, reason FROM roster.unlisted ORDER BY 1").fetchall()

    def path(self, commune: str, name: str) -> Path:
        return self.landing / "lang_son" / "returned" / "roster" / commune / name

    def workbook(self, commune: str, name: str) -> list[dict[str, Any]]:
        """The rows of the first sheet by heading; none where there is no workbook."""
        path = self.path(commune, name)
        if not path.exists():
            return []
        head, *body = CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes())).get_sheet_by_index(0).to_python()
        return [dict(zip(head, row, strict=True)) for row in body]

    def gap(self, commune: str = HERE) -> dict[str, Any]:
        result = self.db.execute("SELECT * FROM stats.gap WHERE commune_code = %s", [commune])
        row = result.fetchone()
        return dict(zip([column.name for column in result.description], row, strict=True))

    def claim(self, person: int, commune: str, residence: str = "temporary_12m") -> None:
        self.db.execute(
            "INSERT INTO roster.claim (province_code, commune_code, person_id, full_name, name_key, name_fold, birth_date,"
            " birth_precision, sex, village, residence, refresh_id) SELECT province_code, %s, person_id, full_name, name_key,"
            " name_fold, birth_date, birth_precision, sex, 'Thôn Kia', %s, %s FROM roster.person WHERE person_id = %s",
            [commune, residence, add_refresh(self.db, "20", commune), person],
        )


@pytest.fixture
def commune(warehouse: psycopg.Connection, province: str, tmp_path: Path) -> Commune:
    return Commune(warehouse, tmp_path / "landing")


# People on no list ----------------------------------------------------------------------------------------------------


def test_who_is_on_no_list_and_whose_commune_it_is(commune: Commune) -> None:
    named = commune.exam()
    at_the_station = commune.exam("Vi Thị Hoa", None, citizen_id=None)
    nowhere = commune.exam("Vi Thị Huệ", None, facility_code="20002")
    elsewhere = commune.exam("Vi Thị Hạnh", "10507")
    commune.db.execute("INSERT INTO ref.facility (code, province_code, commune_code) VALUES ('20001', '20', %s)", [THERE])
    # And who is not meant: linked, looking like somebody, replaced by a newer version, put aside by an officer.
    add_person(commune.db, full_name="Nông Văn An", citizen_id="020088000001", birth_date=BORN)
    commune.exam("Nông Văn An", citizen_id="020088000001")
    commune.exam("NONG VAN AN", citizen_id=None)
    commune.exam("Vi Văn Cũ", is_current=False)
    aside = commune.exam("Vi Văn Khác")
    link("lang_son", "run-1")
    commune.db.execute("UPDATE health_book.review SET state = 'not_the_same' WHERE encounter_id = %s", [aside])
    assert commune.listed() == [
        (named, HERE, "not_on_roster"),
        (at_the_station, THERE, "no_number"),
        (nowhere, "unknown", "not_on_roster"),
        (elsewhere, "elsewhere", "not_on_roster"),
    ]
    assert unlisted("lang_son") == {"exams": 4, "people": 4, "unknown": 1, "elsewhere": 1, "communes": 2}
    assert (commune.gap()["unlisted"], commune.gap(THERE)["unlisted"]) == (1, 1)


def test_an_officers_new_person_stays_on_the_list_until_the_commune_has_them(commune: Commune) -> None:
    commune.exam(citizen_id=None)
    link("lang_son", "run-1")
    commune.db.execute("UPDATE health_book.review SET state = 'new_person'")
    assert len(commune.listed()) == 1
    add_person(commune.db, full_name="Hoang Van Thi", birth_date=BORN)
    assert commune.listed() == []


def test_several_exams_are_one_person_and_the_newest_speaks(commune: Commune) -> None:
    commune.exam(phone="0300000001")
    commune.exam("HOÀNG VĂN THÍ", exam_date=date(2026, 9, 1), phone="0300000002", address="Thôn Một", source="school")
    commune.exam(citizen_id="020088000009")
    link("lang_son", "run-1")
    assert unlisted("lang_son") == {"exams": 3, "people": 2, "unknown": 0, "elsewhere": 0, "communes": 1}
    first, second = commune.workbook(HERE, UNLISTED_FILE)
    assert [first[heading] for heading in ("STT", "Họ và tên", "Ngày sinh", "Giới tính", "Số CCCD", "Thôn/Tổ")] == [
        "1", "HOÀNG VĂN THÍ", "20/05/1988", "Nam", NUMBER, "Thôn Một",
    ]  # fmt: skip
    assert (first["Số điện thoại"], second["Số điện thoại"], second["Số CCCD"]) == ("0300000002", "", "020088000009")
    assert first["Biến động"] == "Thêm" and first["Tình trạng cư trú"] == ""


def test_a_guardians_number_is_not_the_childs(commune: Commune) -> None:
    commune.exam("Vi Văn Con", birth_date=date(2024, 1, 1), birth_precision="year", guardian_citizen_id=NUMBER)
    link("lang_son", "run-1")
    unlisted("lang_son")
    (row,) = commune.workbook(HERE, UNLISTED_FILE)
    assert (row["Số CCCD"], row["CCCD người giám hộ"], row["Ngày sinh"]) == ("", NUMBER, "2024")


def test_a_formula_stays_text(commune: Commune) -> None:
    commune.exam("=HYPERLINK(1)", address="@SUM(1)", phone="+84300000001")
    link("lang_son", "run-1")
    unlisted("lang_son")
    (row,) = commune.workbook(HERE, UNLISTED_FILE)
    assert (row["Họ và tên"], row["Thôn/Tổ"], row["Số điện thoại"]) == ("'=HYPERLINK(1)", "'@SUM(1)", "'+84300000001")


def test_nobodys_data_lies_in_temporary_files(commune: Commune, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commune.exam()
    link("lang_son", "run-1")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    unlisted("lang_son")
    assert [row["Họ và tên"] for row in commune.workbook(HERE, UNLISTED_FILE)] == [NAME]


def test_the_commune_sends_its_list_back(commune: Commune) -> None:
    from sangloc.roster import refresh_commune

    inbox = commune.landing / "lang_son" / "roster" / HERE
    inbox.mkdir(parents=True)
    (inbox / "thang.csv").write_text(
        "Họ và tên,Ngày sinh,Giới tính,Số CCCD\nNông Văn An,01/02/1990,Nam,020090000001\n", "utf-8"
    )
    refresh_commune("lang_son", HERE, "run 1")
    commune.exam(insurance_no="2012345678")
    link("lang_son", "run-1")
    unlisted("lang_son")
    unlisted("lang_son")
    assert commune.gap()["unlisted"] == 1

    (inbox / "bo-sung.xlsx").write_bytes(commune.path(HERE, UNLISTED_FILE).read_bytes())
    counts = refresh_commune("lang_son", HERE, "run 2")
    assert (counts["inserted"], counts["closed"], counts["rejected"], counts["held"]) == (1, 0, 0, 0)
    people = commune.db.execute(
        "SELECT full_name, citizen_id, insurance_no, commune_code FROM roster.person ORDER BY 1"
    ).fetchall()
    assert people == [(NAME, NUMBER, "2012345678", HERE), ("Nông Văn An", "020090000001", None, HERE)]
    assert commune.listed() == []
    assert unlisted("lang_son") == {"exams": 0, "people": 0, "unknown": 0, "elsewhere": 0, "communes": 0}
    assert list(commune.path(HERE, "").iterdir()) == [], "nothing of a settled list is left behind"
    assert link("lang_son", "run-2")["new_links"] == 1


# People on two lists --------------------------------------------------------------------------------------------------


def test_a_conflict_is_laid_before_both_communes(commune: Commune) -> None:
    person = add_person(commune.db, full_name=NAME, birth_date=BORN, citizen_id=NUMBER, village="Thôn Này")
    add_person(commune.db, full_name="Nông Văn An")
    commune.claim(person, THERE)
    rows = commune.db.execute(
        "SELECT person_id, commune_code, other_commune_code, residence, other_residence FROM roster.residence_conflict"
    ).fetchall()
    assert rows == [(person, HERE, THERE, "permanent", "temporary_12m")]
    assert reconcile("lang_son")["conflicts"] == 1
    assert (commune.gap()["conflicts"], commune.gap(THERE)["conflicts"]) == (1, 1)
    here, there = commune.workbook(HERE, CONFLICTS_FILE), commune.workbook(THERE, CONFLICTS_FILE)
    counted = "Phường Lương Văn Tri"
    assert [list(row.values()) for row in here] == [
        ["1", NAME, "20/05/1988", "Nam", NUMBER, "Thôn Này", "Thường trú", "Phường Đông Kinh", "Tạm trú từ 12 tháng", counted]
    ]
    assert [list(row.values()) for row in there] == [
        ["1", NAME, "20/05/1988", "Nam", "", "Thôn Kia", "Tạm trú từ 12 tháng", counted, "Thường trú", counted]
    ]
    commune.db.execute("DELETE FROM roster.claim")
    assert reconcile("lang_son")["conflicts"] == 0
    assert not commune.path(HERE, CONFLICTS_FILE).exists() and not commune.path(THERE, CONFLICTS_FILE).exists()


# Numbers by commune ---------------------------------------------------------------------------------------------------


@pytest.fixture
def deliver(commune: Commune) -> Callable[..., int]:
    """Enters a merged file as the refresh does; returns its file_id."""
    files = iter(range(1, 100))

    def made(kind: str = "full", *, people: int = 0, rejected: int = 0, run: str | None = None, status: str = "loaded") -> int:
        number = next(files)
        file_id = int(
            commune.db.execute(
                "INSERT INTO intake.file (province_code, kind, commune_code, path, sha256, size_bytes, status, received_at)"
                " VALUES ('20', 'roster', %s, 'x', %s, 1, %s, now()) RETURNING file_id",
                [HERE, f"{number:064x}", status],
            ).fetchone()[0]
        )
        for row in range(2, rejected + 2):
            for column in ("sex", "full_name"):
                commune.db.execute(
                    "INSERT INTO intake.reject (file_id, row_number, column_name, reason_code, message, raw)"
                    " VALUES (%s, %s, %s, 'x', 'x', '{}')",
                    [file_id, row, column],
                )
        if status == "loaded":
            commune.db.execute(
                "INSERT INTO roster.refresh (province_code, commune_code, file_id, run_id, list_kind, inserted, updated,"
                " moved_in, closed, unchanged, rejected, people_after, refreshed_at) VALUES ('20', %s, %s, %s, %s, 0, 0, 0, 0,"
                " 0, %s, %s, make_date(2026, 1, 1) + %s * interval '1 day')",
                [HERE, file_id, run or f"run {number}", kind, rejected, people, 0 if run else number],
            )
        return file_id

    return made


def test_a_commune_is_compared_with_its_last_list_and_its_population(commune: Commune, deliver: Callable[..., int]) -> None:
    nothing = commune.gap()
    assert (nothing["people"], nothing["people_before"], nothing["change"], nothing["last_refresh_at"]) == (0, None, None, None)
    assert (nothing["population"], nothing["population_certainty"], nothing["share"]) == (23_136, "stated", 0)
    # The first list came in two files.
    deliver(people=1, run="run A")
    deliver(people=3, run="run A")
    assert commune.gap()["people_before"] is None
    deliver(people=2)
    refresh = commune.db.execute("SELECT max(refresh_id) FROM roster.refresh").fetchone()[0]
    for _ in range(2):
        add_person(commune.db, refresh_id=refresh, first_refresh_id=refresh)
    commune.db.execute("DELETE FROM roster.refresh WHERE run_id = 'by hand'")
    found = commune.gap()
    assert (found["people"], found["people_before"], found["change"]) == (2, 3, -1)
    assert found["last_refresh_at"] is not None and float(found["share"]) == 0.0001
    assert found["commune_name"] == "Phường Lương Văn Tri"


def test_rejected_rows_count_until_they_are_put_right(commune: Commune, deliver: Callable[..., int]) -> None:
    deliver(rejected=5)
    file = deliver(rejected=3)
    deliver("changes", rejected=2)
    assert commune.gap()["rejected"] == 5, "the newest complete list and what came after it, each row once"
    back = deliver("returned", rejected=1)
    commune.db.execute("UPDATE intake.reject SET corrected_in = %s WHERE file_id = %s AND row_number IN (2, 3)", [back, file])
    assert commune.gap()["rejected"] == 3
    assert reconcile("lang_son")["rejected"] == 3
    deliver()
    assert commune.gap()["rejected"] == 0


def test_the_province_is_added_up(commune: Commune, deliver: Callable[..., int]) -> None:
    deliver(status="held")
    deliver(status="refused")
    deliver(status="refused")
    deliver(people=1)
    add_person(commune.db)
    commune.exam()
    link("lang_son", "run-1")
    assert reconcile("lang_son") == {
        "communes": 65, "communes_without_list": 64, "people": 1, "population": 881_384, "rejected": 0, "conflicts": 0,
        "unlisted": 1, "files_held": 1, "files_refused": 2,
    }  # fmt: skip


def test_reports_see_the_gaps_and_nobody_by_name(commune: Commune) -> None:
    from sqlalchemy import text

    from sangloc.errors import WarehouseError
    from sangloc.warehouse import transaction

    with transaction("report") as conn:
        assert conn.execute(text("SELECT count(*) FROM stats.gap")).scalar_one() == 65
    for view in ("roster.unlisted", "roster.residence_conflict", "roster.gap"):
        with pytest.raises(WarehouseError, match="InsufficientPrivilege"), transaction("report") as conn:
            conn.execute(text(f"SELECT * FROM {view}"))  # noqa: S608


def test_a_folder_that_cannot_be_written_is_named(commune: Commune) -> None:
    from sangloc.errors import RefusedInputError

    commune.exam()
    link("lang_son", "run-1")
    commune.path(HERE, "").parent.parent.mkdir(parents=True)
    commune.path(HERE, "").parent.write_text("not a folder", "utf-8")
    with pytest.raises(RefusedInputError, match=f"lang_son/returned/roster/{HERE} cannot be written") as refused:
        unlisted("lang_son")
    assert NAME not in str(refused.value)
