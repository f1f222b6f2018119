"""A commune's lists become its roster."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import psycopg
import pytest

from sangloc import audit
from sangloc.errors import ConfigurationError, RefusedInputError, WarehouseError

AN = {"citizen_id": "020080001234", "insurance_no": "GD4202012345678"}


def p(full_name: str, birth_date: str, citizen_id: str = "", **more: str) -> dict[str, str]:
    base = {"sex": "Nam", "ethnic": "Nùng", "village": "Bản Mới", "household_no": "H1", "residence": "Thường trú"}
    return {**base, "full_name": full_name, "birth_date": birth_date, "citizen_id": citizen_id, **more}


A = p("Nông Văn An", "05/03/1980", **AN, phone="0912 345 678", groups="Hộ nghèo; Khuyết tật")
B = p("Lý Thị Bình", "1955", "020155004321", sex="Nữ", ethnic="Tày", household_no="H2")
C = p("Bế Minh Châu", "01/06/2024", sex="Nữ", relation="Con", guardian_id="020155004321", household_no="H2")
HERE, THERE = "05977", "05983"


def test_first_list(roster: Any) -> None:
    counts = roster.merge(HERE, "2026-10.csv", [A, B, C])
    assert counts == {
        "files": 1, "read": 3, "accepted": 3, "rejected": 0, "inserted": 3, "updated": 0, "moved_in": 0, "closed": 0,
        "unchanged": 0, "changed": 3, "held": 0, "waiting": 0,
    }  # fmt: skip
    ((*an,),) = roster.query(
        "SELECT citizen_id, insurance_no, name_key, name_fold, birth_date, birth_precision, sex, ethnic_code, phone, "
        "village, residence, commune_code, province_code FROM roster.person WHERE full_name = 'Nông Văn An'"
    )
    assert an == [
        "020080001234", "GD4202012345678", "nông văn an", "nong van an", date(1980, 3, 5), "day", 1, "07", "0912345678",
        "Bản Mới", "permanent", HERE, "20",
    ]  # fmt: skip
    assert roster.query(
        "SELECT p.full_name, g.code_set, g.group_code, g.reason FROM roster.person_group AS g "
        "JOIN roster.person AS p USING (person_id) WHERE g.code_set = 'QD2062' ORDER BY 1, 3"
    ) == [
        ("Lý Thị Bình", "QD2062", "1", "age"),
        ("Nông Văn An", "QD2062", "2", "label:disabled"),
        ("Nông Văn An", "QD2062", "3", "label:poor"),
    ]
    child = roster.person_id("Bế Minh Châu")
    assert roster.query("SELECT citizen_id, guardian_citizen_id FROM roster.person WHERE person_id = %s", child) == [
        (None, "020155004321")
    ]
    assert child < 10**11
    assert sorted(roster.query("SELECT kind, value FROM roster.person_identifier")) == [
        ("citizen_id", "020080001234"),
        ("citizen_id", "020155004321"),
        ("insurance_card", "GD4202012345678"),
        ("insurance_no", "2012345678"),
    ]
    assert roster.query("SELECT inserted, closed, rejected, run_id FROM roster.refresh") == [(3, 0, 0, "run 1")]
    assert roster.query("SELECT status, rows_read, rows_accepted, rows_rejected FROM intake.file") == [("loaded", 3, 3, 0)]


def test_the_same_bytes_are_never_loaded_twice(roster: Any) -> None:
    path = roster.send(HERE, "a.csv", [A, B, C])
    roster.refresh(HERE)
    before = roster.everything()
    assert set(roster.refresh(HERE).values()) == {0}
    path.rename(path.with_name("b.csv"))
    assert set(roster.refresh(HERE).values()) == {0}
    assert roster.everything() == before


def test_a_list_that_says_the_same_changes_nobody(roster: Any) -> None:
    roster.merge(HERE, "a.csv", [A, B, C])
    people, history, identifiers, groups, *_ = roster.everything()
    counts = roster.merge(HERE, "b.csv", [C, A, B])
    assert (counts["unchanged"], counts["changed"]) == (3, 0)
    assert roster.everything()[:4] == [people, history, identifiers, groups]


def test_rejects_name_row_column_and_reason_but_no_value(roster: Any) -> None:
    bad = [
        A,
        p("", "05/03/1980"),
        p("Hà Bí Mật", ""),
        p("Hà Bí Mật", "31/02/1987"),
        p("Hà Bí Mật", "22/11/2026"),
        p("Hà Bí Mật", "05/03/1987", sex="Gái trai"),
        p("Hà Bí Mật", "05/03/1987", "02018700123"),
        p("Hà Bí Mật", "05/03/1987", "0200.8000 1234"),
        p("", "87", sex=""),
    ]
    counts = roster.merge(HERE, "a.csv", bad)
    assert (counts["read"], counts["accepted"], counts["rejected"]) == (9, 1, 8)
    rejects = roster.query("SELECT row_number, column_name, reason_code, message, raw FROM intake.reject ORDER BY 1, 2")
    assert [row[:3] for row in rejects] == [
        (3, "full_name", "name_missing"),
        (4, "birth_date", "birth_date_missing"),
        (5, "birth_date", "birth_date_invalid"),
        (6, "birth_date", "birth_date_future"),
        (7, "sex", "sex_invalid"),
        (8, "citizen_id", "citizen_id_invalid"),
        (9, "citizen_id", "duplicate_in_file"),
        (10, "birth_date", "birth_date_invalid"),
        (10, "full_name", "name_missing"),
        (10, "sex", "sex_invalid"),
    ]
    for row in rejects:
        assert "Cột “" in row[3]
        assert not re.search(r"Bí Mật|1987|31/02|\d{5}", row[3])
    assert rejects[2][4]["birth_date"] == "31/02/1987"
    assert roster.query("SELECT rows_rejected FROM intake.file") == [(8,)]


def test_birth_death_and_correction_in_the_next_month(roster: Any, clock_at: Callable[[str], None]) -> None:
    roster.merge(HERE, "2026-10.csv", [A, B])
    an, binh = roster.person_id("Nông Văn An"), roster.person_id("Lý Thị Bình")
    clock_at("2026-12-01")
    counts = roster.merge(HERE, "2026-11.csv", [{**A, "phone": "0987654321", "groups": ""}, C])
    assert {k: counts[k] for k in ("inserted", "updated", "closed", "unchanged", "changed")} == {
        "inserted": 1, "updated": 1, "closed": 1, "unchanged": 0, "changed": 3,
    }  # fmt: skip
    assert roster.person_id("Nông Văn An") == an
    assert roster.history(an) == [(HERE, "new", "changed"), (HERE, "changed", None)]
    assert roster.history(binh) == [(HERE, "new", "left")]
    ((valid_from, valid_to),) = roster.query(
        "SELECT valid_from::date, valid_to::date FROM roster.person_history WHERE person_id = %s", binh
    )
    assert (valid_from, valid_to) == (date(2026, 11, 21), date(2026, 12, 1))
    assert roster.query("SELECT value FROM roster.person_identifier WHERE person_id = %s", binh) == [("020155004321",)]
    assert roster.query("SELECT 1 FROM roster.person_group WHERE person_id IN (%s, %s)", an, binh) == []


def test_someone_who_left_comes_back_as_the_same_person(roster: Any) -> None:
    roster.merge(HERE, "1.csv", [A, B])
    an = roster.person_id("Nông Văn An")
    roster.merge(HERE, "2.csv", [B])
    counts = roster.merge(HERE, "3.csv", [B, {**A, "phone": ""}])
    assert (counts["inserted"], counts["moved_in"]) == (1, 0)
    assert roster.person_id("Nông Văn An") == an
    assert roster.history(an) == [(HERE, "new", "left"), (HERE, "returned", None)]


@pytest.mark.parametrize("order", ["old commune first", "new commune first"])
@pytest.mark.parametrize("residence", ["Thường trú", "Tạm trú từ 12 tháng", "Tạm trú dưới 12 tháng"])
def test_a_move_ends_as_one_person_in_either_order(roster: Any, order: str, residence: str) -> None:
    moving = {**A, "residence": residence}
    roster.merge(HERE, "1.csv", [moving, B])
    roster.merge(THERE, "1.csv", [C])
    an = roster.person_id("Nông Văn An")
    roster.send(HERE, "2.csv", [B])
    roster.send(THERE, "2.csv", [C, {**moving, "village": "Bản Khác"}])
    for commune in (HERE, THERE) if order == "old commune first" else (THERE, HERE):
        roster.refresh(commune)
    assert roster.people() == [("Bế Minh Châu", THERE), ("Lý Thị Bình", HERE), ("Nông Văn An", THERE)]
    assert roster.person_id("Nông Văn An") == an
    assert [(row[0], row[1]) for row in roster.history(an)] == [(HERE, "new"), (THERE, "moved")]
    assert roster.query("SELECT village FROM roster.person WHERE person_id = %s", an) == [("Bản Khác",)]
    assert roster.query(
        "SELECT group_code FROM roster.person_group WHERE person_id = %s AND code_set = 'QD2062' ORDER BY 1", an
    ) == [
        ("2",),
        ("3",),
    ]
    assert roster.query("SELECT * FROM roster.claim") == []


def test_permanent_residence_beats_temporary_and_the_loser_keeps_a_claim(roster: Any) -> None:
    roster.merge(HERE, "1.csv", [A, B])
    counts = roster.merge(THERE, "1.csv", [C, {**A, "residence": "Tạm trú từ 12 tháng"}])
    assert (counts["moved_in"], counts["unchanged"], counts["changed"]) == (0, 1, 1)
    assert ("Nông Văn An", HERE) in roster.people()
    # The permanent listing ends: the other one counts, without the other commune sending anything.
    roster.merge(HERE, "2.csv", [B])
    assert ("Nông Văn An", THERE) in roster.people()
    assert roster.query("SELECT residence FROM roster.person WHERE full_name = 'Nông Văn An'") == [("temporary_12m",)]


def test_a_permanent_listing_takes_a_temporary_resident(roster: Any) -> None:
    roster.merge(HERE, "1.csv", [B, {**A, "residence": "Tạm trú từ 12 tháng"}])
    assert roster.merge(THERE, "1.csv", [A])["moved_in"] == 1
    assert roster.people() == [("Lý Thị Bình", HERE), ("Nông Văn An", THERE)]
    # The old commune goes on listing him, unchanged: nothing moves back.
    assert roster.merge(HERE, "2.csv", [{**A, "residence": "Tạm trú từ 12 tháng"}, B])["changed"] == 0
    # The new commune drops him: he is still on the old one's list.
    roster.merge(THERE, "2.csv", [C])
    assert ("Nông Văn An", HERE) in roster.people()


def test_a_short_stay_takes_nobody(roster: Any) -> None:
    roster.merge(HERE, "1.csv", [{**A, "residence": "Tạm trú dưới 12 tháng"}, B])
    roster.merge(THERE, "1.csv", [{**A, "residence": "Tạm trú dưới 12 tháng"}])
    assert ("Nông Văn An", HERE) in roster.people()


def test_a_corrected_number_makes_no_second_person(roster: Any) -> None:
    without_insurance = p("Hứa Văn Đông", "07/08/1990", "020090001111", household_no="H9")
    roster.merge(HERE, "1.csv", [A, B, without_insurance])
    an, dong = roster.person_id("Nông Văn An"), roster.person_id("Hứa Văn Đông")
    counts = roster.merge(
        HERE,
        "2.csv",
        [
            {**A, "citizen_id": "020080001243", "household_no": "H3"},
            B,
            {**without_insurance, "citizen_id": "020090001112"},
        ],
    )
    assert (counts["inserted"], counts["updated"], counts["closed"]) == (0, 2, 0)
    assert (roster.person_id("Nông Văn An"), roster.person_id("Hứa Văn Đông")) == (an, dong)
    assert sorted(
        roster.query("SELECT value FROM roster.person_identifier WHERE kind = 'citizen_id' AND person_id = %s", an)
    ) == [("020080001234",), ("020080001243",)]


def test_a_number_that_comes_later_and_one_that_is_left_out(roster: Any) -> None:
    roster.merge(HERE, "1.csv", [C, A])
    child, an = roster.person_id("Bế Minh Châu"), roster.person_id("Nông Văn An")
    counts = roster.merge(HERE, "2.csv", [{**C, "citizen_id": "020324000077"}, {**A, "citizen_id": "", "insurance_no": ""}])
    assert (counts["inserted"], counts["updated"], counts["closed"]) == (0, 1, 0)
    assert roster.query("SELECT person_id, citizen_id FROM roster.person ORDER BY 1") == sorted(
        [(child, "020324000077"), (an, "020080001234")]
    )


def test_a_card_and_the_bare_insurance_number_meet(roster: Any) -> None:
    child = {**C, "insurance_no": "TE1202098765432"}
    roster.merge(HERE, "1.csv", [child, B])
    known = roster.person_id("Bế Minh Châu")
    roster.merge(HERE, "2.csv", [B])
    counts = roster.merge(THERE, "1.csv", [{**child, "insurance_no": "2098765432"}])
    assert (counts["moved_in"], counts["inserted"]) == (1, 0)
    assert roster.person_id("Bế Minh Châu") == known


def test_twins_stay_two(roster: Any) -> None:
    twins = [p("Lương Gia Bảo", "02/02/2025", household_no="H5"), p("Lương Gia Huy", "02/02/2025", household_no="H5")]
    # Without a number, one row and the same again are one child written down twice; in two houses they are two.
    alike = [p("Ma Thị Na", "03/03/2025", sex="Nữ", household_no=house) for house in ("H6", "H6", "H7")]
    assert roster.merge(HERE, "1.csv", [*twins, *alike])["rejected"] == 1
    ids = roster.query("SELECT person_id FROM roster.person ORDER BY 1")
    assert len(ids) == 4
    counts = roster.merge(HERE, "2.csv", [*alike[1:], *[{**twin, "phone": "0912345678"} for twin in twins]])
    assert (counts["updated"], counts["unchanged"], counts["inserted"], counts["closed"]) == (2, 2, 0, 0)
    assert roster.query("SELECT person_id FROM roster.person ORDER BY 1") == ids


def test_namesakes_stay_apart(roster: Any) -> None:
    one = p("Hoàng Văn Minh", "1990", household_no="H7", village="Bản Một")
    two = p("Hoàng Văn Minh", "1990", household_no="H8", village="Bản Hai")
    numbered = p("Hoàng Văn Minh", "1990", "020090005555", household_no="H9", village="Bản Ba")
    roster.merge(HERE, "1.csv", [one, two, numbered])
    before = roster.query("SELECT household_no, person_id FROM roster.person ORDER BY 1")
    assert len(before) == 3
    # One leaves, another of the name, age and sex arrives elsewhere in the commune with another number.
    new = p("Hoàng Văn Minh", "1990", "020090006666", household_no="H10", village="Bản Bốn")
    counts = roster.merge(HERE, "2.csv", [{**two, "phone": "0912345678"}, {**one, "phone": "0987654321"}, new])
    assert (counts["updated"], counts["inserted"], counts["closed"]) == (2, 1, 1)
    after = roster.query("SELECT household_no, person_id FROM roster.person ORDER BY 1")
    assert [row for row in after if row[0] != "H10"] == [row for row in before if row[0] != "H9"]


def test_only_the_year_of_birth_makes_no_pair_without_household_or_village(roster: Any) -> None:
    roster.merge(HERE, "1.csv", [A, p("Hoàng Thị Mai", "1990", household_no="H7", village="Bản Một")])
    counts = roster.merge(HERE, "2.csv", [A, p("Hoàng Thị Mai", "1990", household_no="H8", village="Bản Hai")])
    assert (counts["inserted"], counts["updated"], counts["closed"]) == (1, 0, 1)
    counts = roster.merge(HERE, "3.csv", [A, p("Hoàng Thị Mai", "1990", household_no="H9", village="Bản Hai")])
    assert (counts["inserted"], counts["updated"], counts["closed"]) == (0, 1, 0)


def test_two_numbers_are_two_people_though_name_day_and_village_agree(roster: Any) -> None:
    roster.merge(HERE, "1.csv", [A, p("Hoàng Văn Minh", "04/05/1990", "020090005555", household_no="H7")])
    counts = roster.merge(HERE, "2.csv", [A, p("Hoàng Văn Minh", "04/05/1990", "020090006666", household_no="H8")])
    assert (counts["inserted"], counts["updated"], counts["closed"]) == (1, 0, 1)


def test_the_later_list_wins_among_equals_and_the_other_comes_back_into_force(roster: Any) -> None:
    roster.merge(HERE, "1.csv", [A, B])
    assert roster.merge(THERE, "1.csv", [A, C])["moved_in"] == 1
    assert ("Nông Văn An", THERE) in roster.people()
    roster.merge(THERE, "2.csv", [C])
    assert ("Nông Văn An", HERE) in roster.people()
    assert roster.query(
        "SELECT group_code FROM roster.person_group AS g JOIN roster.person USING (person_id) "
        "WHERE full_name = 'Nông Văn An' AND code_set = 'QD2062' ORDER BY 1"
    ) == [("2",), ("3",)]
    assert roster.merge(HERE, "2.csv", [B, A])["unchanged"] == 2


def test_a_number_typed_into_a_stranger_s_row_does_not_merge_them(roster: Any) -> None:
    roster.merge(HERE, "1.csv", [A, B])
    counts = roster.merge(THERE, "1.csv", [p("Sùng A Páo", "09/09/1999", "020155004321")])
    assert counts["inserted"] == 1
    assert roster.people() == [("Lý Thị Bình", HERE), ("Nông Văn An", HERE), ("Sùng A Páo", THERE)]
    roster.merge(THERE, "2.csv", [p("Sùng A Páo", "09/09/1999", "020099000001", household_no="H1")])


def test_two_lists_at_once_end_with_the_newer(roster: Any) -> None:
    roster.send(HERE, "2026-10.csv", [A, B])
    roster.send(HERE, "2026-11.csv", [A, C])
    counts = roster.refresh(HERE)
    assert (counts["files"], counts["inserted"], counts["closed"]) == (2, 3, 1)
    assert [name for name, _ in roster.people()] == ["Bế Minh Châu", "Nông Văn An"]


def test_a_refused_list_fails_the_commune_every_time_and_stops_nothing_else(roster: Any) -> None:
    roster.send(HERE, "1.csv", "Tên,Năm\nHà Bí Mật,1987\n".encode())
    roster.send(HERE, "2.csv", [A, B])
    roster.send(HERE, "3.csv", [])
    with pytest.raises(RefusedInputError) as first:
        roster.refresh(HERE)
    message = str(first.value)
    assert HERE in message and "header_unrecognised" in message and "list_empty" in message and "“Giới tính”" in message
    assert re.search(r"sha256 [0-9a-f]{12}…", message)
    assert not re.search(r"Bí Mật|1987", message)
    before = roster.everything()
    assert len(roster.people()) == 2
    with pytest.raises(RefusedInputError) as second:
        roster.refresh(HERE)
    assert str(second.value) == message
    assert roster.everything() == before
    assert roster.query("SELECT status, reason_code, rows_rejected FROM intake.file ORDER BY path") == [
        ("refused", "header_unrecognised", 0),
        ("loaded", None, 0),
        ("refused", "list_empty", 0),
    ]


def test_a_list_sent_for_another_commune_is_refused(roster: Any) -> None:
    roster.merge(HERE, "1.csv", [A, B])
    roster.send(THERE, "1.csv", [A, B])
    for _ in range(2):
        with pytest.raises(RefusedInputError, match=f"{THERE}.*other_commune"):
            roster.refresh(THERE)
    assert {commune for _, commune in roster.people()} == {HERE}


def test_an_unreadable_list_is_told_without_its_name_and_the_rest_goes_on(roster: Any) -> None:
    roster.send(HERE, "2.csv", [A])
    # A file that exists and that is too large to be read, without taking any room.
    with roster.send(HERE, "Hà Bí Mật.csv", b"").open("r+b") as file:
        file.truncate((1 << 30) + 1)
    with pytest.raises(RefusedInputError, match=f"roster/{HERE}/[0-9a-f]{{12}}… is larger") as refused:
        roster.refresh(HERE)
    assert "Mật" not in str(refused.value)
    assert roster.people() == [("Nông Văn An", HERE)]
    # Another commune is none the worse.
    assert roster.merge(THERE, "1.csv", [B])["inserted"] == 1


def test_a_list_that_vanishes_before_it_is_read_is_passed_over(roster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from sangloc.roster import refresh

    gone = roster.send(HERE, "1.csv", [A, B])
    roster.send(HERE, "2.csv", [A])
    listed = refresh.list_files

    def list_then_lose(*folder: Any) -> Any:
        files = listed(*folder)
        gone.unlink()
        return files

    monkeypatch.setattr(refresh, "list_files", list_then_lose)
    counts = roster.refresh(HERE)
    assert (counts["files"], counts["inserted"]) == (1, 1)


def test_waiting_lists_are_merged_in_the_order_of_arrival(roster: Any) -> None:
    for name, people, arrived in (
        ("ds_9.csv", [A], 1000), ("ds_10.csv", [A, B], 1000), ("a_moi_nhat.csv", [A, B, C], 2000),
    ):  # fmt: skip
        os.utime(roster.send(HERE, name, people), (arrived, arrived))
    counts = roster.refresh(HERE)
    assert (counts["files"], counts["inserted"], counts["closed"]) == (3, 3, 0)
    assert len(roster.people()) == 3


def test_a_try_that_died_is_done_again(roster: Any, warehouse: psycopg.Connection) -> None:
    roster.send(HERE, "1.csv", [A, B])
    roster.send(HERE, "2.csv", [A, C])
    # The database breaks off at the very end of the second list's transaction.
    warehouse.execute(
        """
        CREATE FUNCTION roster.break_off() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF (SELECT count(*) FROM roster.refresh) > 1 THEN RAISE EXCEPTION 'Nông Văn An'; END IF;
            RETURN NULL;
        END $$;
        CREATE TRIGGER break_off AFTER INSERT ON roster.refresh FOR EACH STATEMENT EXECUTE FUNCTION roster.break_off();
        """
    )
    with pytest.raises(WarehouseError) as broken:
        roster.refresh(HERE)
    assert "Nông" not in str(broken.value)
    assert [name for name, _ in roster.people()] == ["Lý Thị Bình", "Nông Văn An"]
    assert roster.query("SELECT status FROM intake.file ORDER BY path") == [("loaded",), ("received",)]
    warehouse.execute("DROP TRIGGER break_off ON roster.refresh")
    counts = roster.refresh(HERE)
    assert (counts["files"], counts["inserted"], counts["closed"], counts["unchanged"]) == (1, 1, 1, 1)
    assert [name for name, _ in roster.people()] == ["Bế Minh Châu", "Nông Văn An"]


def test_communes_merged_at_the_same_time(roster: Any) -> None:
    from concurrent.futures import ThreadPoolExecutor

    crowd = [p(f"Vi Văn Số {n}", "01/01/1990", f"{20090000000 + n:012d}") for n in range(600)]
    roster.merge(HERE, "1.csv", [A, *crowd[:300]])
    roster.merge(THERE, "1.csv", [B, *crowd[300:]])
    roster.send(HERE, "2.csv", [A, *crowd[25:300]])
    roster.send(THERE, "2.csv", [B, *crowd[300:], *crowd[:25]])
    with ThreadPoolExecutor() as pool:
        list(pool.map(roster.refresh, [HERE, THERE]))
    assert roster.query("SELECT commune_code, count(*) FROM roster.person GROUP BY 1 ORDER BY 1") == [
        (HERE, 276),
        (THERE, 326),
    ]


def test_people_grow_old_between_lists(roster: Any, clock_at: Callable[[str], None]) -> None:
    from sangloc.roster import age_groups

    turning = p("Triệu Văn Sáu", "15/12/1966", "020066000006")
    groups = "SELECT group_code, reason FROM roster.person_group WHERE code_set = 'QD2062'"
    age_groups(roster.slug)
    roster.merge(HERE, "1.csv", [turning])
    assert roster.query(groups) == []
    clock_at("2026-12-15")
    assert age_groups(roster.slug) == 1
    assert roster.query(groups) == [("1", "age")]
    # That is no news of a list.
    assert roster.merge(HERE, "2.csv", [turning, C])["updated"] == 0


def test_what_the_ledger_and_the_summary_say(roster: Any) -> None:
    from sangloc.roster import summarise

    audit.reset()
    roster.merge(HERE, "1.csv", [A, B, p("", "1980")])
    facts = audit.collect()
    assert facts["rows"] == {"read": 3, "accepted": 2, "rejected": 1}
    assert facts["files"] == [sha for (sha,) in roster.query("SELECT sha256 FROM intake.file")]
    roster.merge(THERE, "1.csv", [C])
    summary = summarise(roster.slug, "run 1")
    assert (summary["people"], summary["communes"], summary["loaded"], summary["refused"]) == (3, 2, 2, 0)
    assert (summary["files"], summary["inserted"], summary["rejected"], summary["changed"]) == (1, 2, 1, 2)
    assert summarise(roster.slug, "run 3")["changed"] == 0


def test_no_folder_and_no_such_commune(roster: Any) -> None:
    assert set(roster.refresh(HERE).values()) == {0}
    with pytest.raises(ConfigurationError, match="99999"):
        roster.refresh("99999")


TWIN = {"household_no": "H5", "village": "Bản Mới"}
HUY = p("Lương Gia Huy", "02/02/2025", "020225000001", **TWIN)
BAO = p("Lương Gia Bảo", "02/02/2025", "020225000002", **TWIN)


def numbers(roster: Any) -> dict[str, int]:
    return dict(roster.query("SELECT full_name, person_id FROM roster.person"))


def test_a_twin_whose_row_repeats_the_other_s_number_does_not_become_the_other(roster: Any) -> None:
    roster.merge(HERE, "1.csv", [A, BAO, HUY])
    before = numbers(roster)
    # Bảo's number in Huy's row: that row is rejected, and Huy stays on the roster all the same.
    counts = roster.merge(HERE, "2.csv", [A, {**HUY, "citizen_id": BAO["citizen_id"]}, BAO])
    assert (counts["rejected"], counts["closed"]) == (1, 0)
    assert numbers(roster) == before
    # Put right, everybody is who they were.
    roster.merge(HERE, "3.csv", [HUY, BAO, A])
    assert numbers(roster) == before


@pytest.mark.parametrize(
    ("holder", "stranger"),
    [
        (BAO, p("Lương Gia Huy", "02/02/2025", **TWIN)),
        (p("Lương Việt Anh", "02/02/2025"), p("Lương Đức Anh", "02/02/2025")),
        (p("Lương Gia Bảo", "02/02/2025"), p("Lương Gia Bao", "02/02/2025", sex="Nữ")),
        (p("Lương Gia Bảo", "02/02/2025"), p("Lương Thị Bình", "02/02/2025", sex="Nữ")),
        (p("Lý Văn Tư", "1955"), p("Lý Văn Năm", "1955")),
        (p("Lý Văn Tư", "1955"), p("Lý Văn Tự", "1955")),
        (p("Lý Văn Tư", "01/01/1955"), p("Lý Văn Năm", "1955")),
        (p("Lý Văn Tư", "01/02/1955"), p("Lý Văn Tư", "01/02/1985", sex="Nữ")),
        (p("Lý Văn Tư", "01/02/1955"), p("Lý Văn Tư", "03/04/1985")),
        (p("Lý Văn Tư", "01/02/1955"), p("Lý Văn Tư", "1985")),
    ],
    ids=[
        "twins", "twins of one given name", "letters agree, sex does not", "birth date only", "year only",
        "year only, other tone", "year of a day", "year and sex", "two fields", "another year",
    ],
)  # fmt: skip
@pytest.mark.parametrize("listed", ["on the list", "on no list"])
@pytest.mark.parametrize("kind", ["citizen_id", "insurance_no"])
def test_a_number_alone_takes_nobody_s_identity(
    roster: Any, holder: dict[str, str], stranger: dict[str, str], listed: str, kind: str
) -> None:
    number = {"citizen_id": "", kind: "020225000002" if kind == "citizen_id" else "2098765432"}
    roster.merge(HERE, "1.csv", [A, {**holder, **number}])
    known = roster.person_id(holder["full_name"])
    if listed == "on no list":
        roster.merge(HERE, "2.csv", [A])
    counts = roster.merge(HERE, "3.csv", [A, {**stranger, **number, "household_no": "H99", "village": "Bản Xa"}])
    assert counts["inserted"] == 1
    assert known not in numbers(roster).values()
    assert roster.history(known)[-1][2] == "left"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (p("Lý Hoà Bình", "01/02/1955"), p("LÝ HÒA BÌNH", "01/02/1955")),
        (p("Lý Đức Hoà", "01/02/1955"), p("Lý đức Hòa", "01/02/1955", sex="Nữ")),
        (p("Lý Văn Tư", "01/02/1955"), p("Lý Văn Tư", "1955")),
        (p("Lý Văn Tư", "02/1955"), p("Lý Văn Tư", "01/02/1955")),
        (p("Lý Văn Tư", "01/02/1955"), p("Lý Văn Tư", "02/01/1955")),
        (p("Lý Văn Tư", "01/02/1955"), p("Lý Văn Tư", "01/02/1956")),
        (p("Lý Văn Tư", "01/02/1955"), p("Ly Van Tu", "01/02/1955")),
        (p("Lý Đức Tư", "01/02/1955"), p("Lý Tư", "01/02/1955")),
    ],
    ids=["tone place", "sex", "day forgotten", "day added", "swapped", "year", "no diacritics", "middle name"],
)
@pytest.mark.parametrize("listed", ["on the list", "on no list"])
@pytest.mark.parametrize("kind", ["citizen_id", "insurance_no"])
def test_a_number_keeps_the_identity_of_whose_row_was_put_right(
    roster: Any, before: dict[str, str], after: dict[str, str], listed: str, kind: str
) -> None:
    number = {"citizen_id": "", kind: "020055000002" if kind == "citizen_id" else "2098765432"}
    roster.merge(HERE, "1.csv", [A, {**before, **number}])
    known = roster.person_id(before["full_name"])
    if listed == "on no list":
        roster.merge(HERE, "2.csv", [A])
    roster.merge(THERE, "1.csv", [C, {**after, **number, "household_no": "H99", "village": "Bản Xa"}])
    assert roster.person_id(after["full_name"]) == known


def test_children_who_bear_their_guardian_s_number_stay_themselves(roster: Any) -> None:
    mother = p("Lý Thị Bình", "01/02/1990", "020190004321", sex="Nữ")
    son, daughter = p("Bế Minh Châu", "01/06/2024"), p("Bế Minh Anh", "01/06/2024", sex="Nữ")
    roster.merge(HERE, "1.csv", [A, mother, son, daughter])
    before = numbers(roster)
    bearing = {"citizen_id": "020190004321"}
    roster.merge(HERE, "2.csv", [A, {**daughter, **bearing}, {**son, **bearing}, mother])
    assert numbers(roster) == before
    # The number is the mother's; the son who bears it is himself, by name and birth date.
    roster.merge(HERE, "3.csv", [A, {**son, **bearing}])
    assert numbers(roster) == {name: before[name] for name in ("Nông Văn An", "Bế Minh Châu")}
    roster.merge(HERE, "4.csv", [A, mother])
    assert numbers(roster) == {name: before[name] for name in ("Nông Văn An", "Lý Thị Bình")}
