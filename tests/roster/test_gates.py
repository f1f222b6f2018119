"""Which lists wait for an officer, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from sangloc import provinces
from sangloc.clock import VIETNAM
from sangloc.errors import RefusedInputError
from sangloc.intake import name_key
from sangloc.roster import holds
from sangloc.roster.gates import Facts, Reason, check, place_named_otherwise

BOUNDS = provinces.load("lang_son").roster
NOW = datetime(2026, 11, 21, 8, tzinfo=VIETNAM)
HERE, THERE = "05977", "06040"

# A month like any other: 1000 people, few come and go.
USUAL = Facts(
    list_kind="full", period="2026-11", loaded_period="2026-10", names_other=None, people_before=1000, people_after=1002,
    closed=5, arrived=7, rows_read=1010, rows_rejected=8, rows_repeated=2, known=995, elsewhere=3,
)  # fmt: skip
FIRST = replace(
    USUAL, loaded_period=None, people_before=0, people_after=1000, closed=0, arrived=1000, rows_read=1000, known=0, elsewhere=0
)


def codes(facts: Facts) -> list[str]:
    return [reason.code for reason in check(facts, BOUNDS)]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"names_other": "province"}, ["wrong_province"]),
        ({"names_other": THERE}, ["wrong_commune"]),
        # 1002 accepted rows: more than half live in one other commune.
        ({"elsewhere": 501}, []),
        ({"elsewhere": 502}, ["wrong_commune"]),
        ({"rows_read": 27, "rows_rejected": 7, "elsewhere": 20}, ["many_rejected", "wrong_commune"]),
        ({"rows_read": 27, "rows_rejected": 8, "elsewhere": 19, "rows_repeated": 0}, ["many_rejected"]),
        ({"period": "2026-10"}, []),
        ({"period": "2026-09"}, ["older_period"]),
        ({"period": "2025-12"}, ["older_period"]),
        ({"period": None}, []),
        ({"loaded_period": None, "period": "2020-01"}, []),
        # At the bound a list passes, one person more holds it.
        ({"closed": 100}, []),
        ({"closed": 101}, ["people_fell"]),
        ({"arrived": 200}, []),
        ({"arrived": 201}, ["people_grew"]),
        ({"closed": 101, "arrived": 201}, ["people_fell", "people_grew"]),
        ({"people_before": 30, "closed": 3, "arrived": 6}, []),
        ({"people_before": 30, "closed": 4, "arrived": 6}, ["people_fell"]),
        ({"people_before": 29, "closed": 29, "arrived": 29}, []),
        ({"rows_rejected": 202}, []),
        ({"rows_rejected": 203}, ["many_rejected"]),
        ({"rows_repeated": 101}, []),
        ({"rows_repeated": 102}, ["many_repeated"]),
        ({"rows_read": 19, "rows_rejected": 19, "rows_repeated": 19}, []),
        ({"rows_read": 20, "rows_rejected": 4, "rows_repeated": 2}, []),
        ({"rows_read": 20, "rows_rejected": 5, "rows_repeated": 2}, ["many_rejected"]),
        ({"rows_read": 20, "rows_rejected": 4, "rows_repeated": 3}, ["many_repeated"]),
    ],
)
def test_a_complete_list(change: dict[str, Any], expected: list[str]) -> None:
    assert sorted(codes(replace(USUAL, **change))) == sorted(expected)


ALL = {
    "names_other": THERE, "period": "2026-09", "closed": 500, "arrived": 500, "rows_rejected": 400, "rows_repeated": 300,
    "elsewhere": 600,
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "spared"),
    [
        ("full", set()),
        ("changes", set()),
        ("addition", set()),
        # Corrected rejects bring what a list could not, and may fail again.
        ("returned", {"people_grew", "many_rejected", "many_repeated"}),
    ],
)
def test_each_kind_of_list_has_its_gates(kind: str, spared: set[str]) -> None:
    every = {"wrong_commune", "older_period", "people_fell", "people_grew", "many_rejected", "many_repeated"}
    assert set(codes(replace(USUAL, **ALL, list_kind=kind))) == every - spared
    assert codes(replace(USUAL, list_kind=kind)) == []


def test_a_first_list_may_bring_everybody_but_nobody_elses_people() -> None:
    assert codes(FIRST) == []
    assert codes(replace(FIRST, rows_rejected=201)) == ["many_rejected"]
    assert codes(replace(FIRST, known=900, elsewhere=900)) == ["wrong_commune"]
    # Some of the few known live elsewhere by that commune's list; the list as a whole is nobody else's.
    assert codes(replace(FIRST, known=40, elsewhere=40)) == []


def test_the_bounds_are_the_provinces_own() -> None:
    strict = BOUNDS.model_copy(update={"most_closed_share": Decimal("0.005"), "fewest_people": 1001})
    assert codes(replace(USUAL, closed=100)) == []
    assert [reason.code for reason in check(replace(USUAL, closed=100), strict)] == []
    strict = strict.model_copy(update={"fewest_people": 1000})
    assert [reason.code for reason in check(replace(USUAL, closed=5), strict)] == []
    assert [reason.details["limit"] for reason in check(replace(USUAL, closed=6), strict)] == ["0,5"]


def test_a_reason_tells_counts_limits_and_codes() -> None:
    (reason,) = check(replace(USUAL, closed=101), BOUNDS)
    assert reason == Reason(
        "people_fell",
        {
            "rows": 1010, "rejected": 8, "repeated": 2, "before": 1000, "after": 1002, "closed": 101, "arrived": 7,
            "share": "10,1", "limit": "10",
        },
    )  # fmt: skip
    # One in ten thousand above the bound is not said to be at it.
    (reason,) = check(replace(USUAL, people_before=10_000, closed=1001), BOUNDS)
    assert reason.details["share"] == "10,1"


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("", None),
        ("DANH SÁCH DÂN CƯ THÁNG 11 NĂM 2026", None),
        ("UBND XÃ CHI LĂNG\nDANH SÁCH QUẢN LÝ SỨC KHỎE", "06463"),
        # Decomposed, as a Mac writes it, and with the tone mark at the other vowel.
        ("UBND xa\u0303 Nha\u0302\u0301t Ho\u0300a", "06376"),
        ("Uỷ ban nhân dân Xã Nhất Hoà, tỉnh Lạng Sơn", "06376"),
        # A kind belongs to the name, and one name may be part of another word.
        ("Danh sách huyện Chi Lăng", None),
        ("Danh sách phường Chi Lăng", None),
        ("Chi Lăng", None),
        ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", None),
        ("Phường Đông Kinh", None),
        ("UBND P. ĐÔNG KINH - danh sách xã Chi Lăng chuyển đến phường Đông Kinh", None),
        ("Xã Chi Lăng và xã Nhất Hòa", None),
        ("UBND xã Chi Lăng 2", None),
        ("UBND xã Chi Lăng 2026", "06463"),
        # A unit that is no more, and one of another province: nothing is clear.
        ("UBND xã Hoàng Đồng", None),
        ("UBND xã Phú Bình", None),
        ("UBND tỉnh Thái Nguyên", "province"),
        ("UBND xã Phú Bình, tỉnh Thái Nguyên", "province"),
        ("TP. Hải Dương", "province"),
        ("Sở Y tế Thành phố Hồ Chí Minh", "province"),
        ("Tỉnh Bà Rịa – Vũng Tàu", "province"),
        ("Tỉnh Lạng Sơn, người chuyển đến từ tỉnh Thái Nguyên", None),
        ("Phường Đông Kinh: người chuyển đến từ tỉnh Bắc Giang", None),
        ("Thái Nguyên", None),
    ],
)
def test_the_place_a_title_names(title: str, expected: str | None) -> None:
    assert place_named_otherwise(title, "lang_son", HERE) == expected


@pytest.mark.parametrize(
    ("slug", "commune", "title", "expected"),
    [
        # Names that differ by one mark only.
        ("hai_phong", "10888", "UBND XÃ CẨM GIANG", None),
        ("hai_phong", "10888", "UBND XÃ CẨM GIÀNG", "10903"),
        ("hai_phong", "10903", "UBND XÃ CẨM GIANG", "10888"),
        ("thai_nguyen", "02143", "UBND xã Văn Lăng", "05665"),
        # A province that went into this one, and the city of its name.
        ("hai_phong", "10888", "UBND xã Cẩm Giang, tỉnh Hải Dương", None),
        ("hai_phong", "11413", "Thành phố Hải Dương", None),
        ("thai_nguyen", "02143", "Tỉnh Bắc Kạn", None),
        # Two provinces have an Xã Tân Thành.
        ("lang_son", "06445", "Xã Tân Thành", None),
        ("lang_son", "06445", "Xã Tân Thành, tỉnh Lạng Sơn", None),
        ("lang_son", "06445", "Xã Tân Thành, tỉnh Thái Nguyên", "province"),
        # The old name of a part of the commune is another commune's name today.
        ("lang_son", "06184", "UBND xã Thuỵ Hùng", None),
        ("lang_son", "06187", "UBND xã Thuỵ Hùng", "06148"),
        ("lang_son", "06184", "UBND thị trấn Đồng Đăng", None),
    ],
)
def test_names_that_repeat(slug: str, commune: str, title: str, expected: str | None) -> None:
    assert place_named_otherwise(title, slug, commune) == expected


@pytest.mark.parametrize("slug", provinces.slugs())
def test_former_names_are_of_communes_and_borne_by_others(slug: str) -> None:
    units = provinces.communes(slug)
    for code, names in provinces.load(slug).roster.former_names.items():
        assert code in {unit.code for unit in units}
        others = {name_key(unit.name) for unit in units if unit.code != code}
        assert {name_key(name) for name in names} <= others, code


@pytest.fixture
def file(warehouse: psycopg.Connection, province: str) -> Callable[..., int]:
    """Enters a file that has just arrived."""

    def enter(commune: str = HERE, status: str = "received") -> int:
        row = warehouse.execute(
            "INSERT INTO intake.file (province_code, kind, commune_code, path, sha256, size_bytes, status, received_at) "
            "SELECT '20', 'roster', %s, 'secret name.csv', lpad(to_hex(count(*)), 64, '0'), 1, %s, now() "
            "FROM intake.file RETURNING file_id",
            [commune, status],
        ).fetchone()
        assert row is not None
        return int(row[0])

    return enter


def hold(*files: int, run: str = "run", facts: Facts | None = None) -> None:
    from sangloc.warehouse import transaction

    with transaction() as conn:
        for each in files:
            holds.hold(conn, each, check(facts or replace(USUAL, closed=420), BOUNDS), run, NOW)


def decision(warehouse: psycopg.Connection, file_id: int) -> str | None:
    ((found,),) = warehouse.execute("SELECT decision FROM intake.hold WHERE file_id = %s", [file_id]).fetchall()
    return found


def status(warehouse: psycopg.Connection) -> list[tuple[Any, ...]]:
    return warehouse.execute("SELECT status, reason_code FROM intake.file ORDER BY file_id").fetchall()


def test_a_held_list_is_shown_with_its_reasons(file: Callable[..., int], warehouse: psycopg.Connection) -> None:
    facts = replace(USUAL, closed=420, people_before=11_000, people_after=10_587, names_other="06463", period="2026-09")
    hold(number := file(), facts=replace(facts, closed=4200, elsewhere=900))
    (one,) = holds.held("lang_son")
    assert holds.held("hai_phong") == []
    assert one == holds.waiting(number)
    assert one["reasons"] == [
        "Phần đầu danh sách ghi xã Chi Lăng, không phải phường Đông Kinh.",
        "900 trên 1.002 người trong danh sách (89,9%) đang thuộc cùng một xã, phường khác (mức 50%).",
        "Danh sách của tháng 9/2026, cũ hơn danh sách tháng 10/2026 đã nhận.",
        "4.200 trên 11.000 người đang quản lý không còn trong danh sách (giảm 38,2%, mức 10%).",
    ]
    assert one["short"].startswith("danh sách ghi xã Chi Lăng; 89,9% là người của một xã, phường khác (mức 50%); ")
    assert one["counts"] == {
        "rows": 1010, "rejected": 8, "repeated": 2, "before": 11_000, "after": 10_587, "closed": 4200, "arrived": 7,
    }  # fmt: skip
    assert (one["file_id"], one["files"], one["commune_code"], one["since"]) == (number, 1, HERE, NOW)
    assert "secret" not in str(one)
    assert status(warehouse) == [("held", None)]


def test_every_reason_has_its_sentences(file: Callable[..., int]) -> None:
    hold(file(), facts=replace(USUAL, **ALL))
    hold(file(THERE), facts=replace(USUAL, names_other="province"))
    both = holds.held("lang_son")
    assert [len(one["reasons"]) for one in both] == [7, 1]
    for one in both:
        assert all(sentence.endswith(".") and "{" not in sentence for sentence in one["reasons"])
        assert "{" not in one["short"]


def test_the_cell_of_a_commune_says_why_it_waits(file: Callable[..., int]) -> None:
    communes = [{"code": HERE, "name": "Phường Đông Kinh"}, {"code": THERE, "name": "Xã Thất Khê"}]
    hold(file())
    hold(file())
    assert [holds.cell_label("lang_son", commune) for commune in communes] == [
        "Phường Đông Kinh · GIỮ LẠI: số người giảm 42% (mức 10%)",
        "Xã Thất Khê",
    ]
    hold(file(THERE), facts=replace(USUAL, **ALL))
    long = holds.cell_label("lang_son", communes[1])
    assert long.startswith("Xã Thất Khê · GIỮ LẠI: ") and len(long) <= 250 and long.endswith("…")


def test_held_again_it_keeps_its_place_and_learns_the_numbers_of_now(
    file: Callable[..., int], warehouse: psycopg.Connection
) -> None:
    number = file()
    hold(number, run="first")
    hold(number, run="second", facts=replace(USUAL, closed=500))
    assert warehouse.execute("SELECT run_id, held_at FROM intake.hold").fetchall() == [("first", NOW)]
    found = holds.waiting(number)
    assert found is not None and found["counts"]["closed"] == 500
    assert holds.decide(number, "release", "officer", None)
    hold(number)
    assert warehouse.execute("SELECT reasons -> 0 -> 'details' ->> 'closed' FROM intake.hold").fetchall() == [("500",)]


@pytest.mark.parametrize("settled", ["loaded", "refused", "superseded"])
def test_what_is_settled_is_not_held(file: Callable[..., int], warehouse: psycopg.Connection, settled: str) -> None:
    number = file(status=settled)
    hold(number)
    assert status(warehouse) == [(settled, None)]
    assert holds.waiting(number) is None
    assert not holds.decide(number, "release", "officer", None)


def test_an_answer_is_written_down_once(file: Callable[..., int], warehouse: psycopg.Connection) -> None:
    number, other = file(), file(THERE)
    hold(number)
    hold(other)
    assert decision(warehouse, number) is None
    assert holds.decide(number, "addition", "officer", "Xã đã xác nhận")
    assert not holds.decide(number, "refuse", "deputy", None)
    assert decision(warehouse, number) == "addition"
    assert decision(warehouse, other) is None
    assert warehouse.execute("SELECT decided_by, note FROM intake.hold WHERE decision IS NOT NULL").fetchall() == [
        ("officer", "Xã đã xác nhận")
    ]
    # Answered, it waits for nobody; the next refresh of the commune merges it.
    assert [one["file_id"] for one in holds.held("lang_son")] == [other]
    assert status(warehouse) == [("held", None), ("held", None)]


def test_a_refusal_takes_effect_at_once(file: Callable[..., int], warehouse: psycopg.Connection) -> None:
    hold(number := file())
    assert holds.decide(number, "refuse", "officer", "")
    assert status(warehouse) == [("refused", "refused_by_officer")]
    ((message, note),) = warehouse.execute(
        "SELECT r.message, h.note FROM intake.reject AS r JOIN intake.hold AS h USING (file_id)"
    ).fetchall()
    assert "Sở Y tế không nhận" in message and note is None


def test_a_list_that_a_better_one_replaced_needs_no_answer(file: Callable[..., int], warehouse: psycopg.Connection) -> None:
    hold(number := file())
    warehouse.execute("UPDATE intake.file SET status = 'superseded'")
    assert holds.waiting(number) is None
    assert holds.question(number) is None
    assert not holds.tell(number, "/page")
    assert not holds.decide(number, "release", "officer", None)
    assert decision(warehouse, number) is None


def test_the_files_of_one_list_wait_and_are_decided_together(file: Callable[..., int], warehouse: psycopg.Connection) -> None:
    first, second, alone = file(), file(), file(THERE)
    hold(first, second)
    hold(alone)
    assert [(one["file_id"], one["files"]) for one in holds.held("lang_son")] == [(first, 2), (alone, 1)]
    asked = holds.question(first)
    assert asked is not None and "trong 2 tệp" in asked["body"]
    assert holds.decide(first, "release", "officer", None)
    assert [decision(warehouse, number) for number in (first, second, alone)] == ["release", "release", None]


def people(count: int, first: int = 0) -> list[dict[str, str]]:
    return [
        {
            "full_name": f"Nông Văn {chr(ord('A') + number // 26)}{chr(ord('a') + number % 26)}",
            "birth_date": f"{number % 28 + 1:02d}/03/1980",
            "sex": "Nam",
            "citizen_id": f"0200800{number:05d}",
            "residence": "Thường trú",
        }
        for number in range(first, first + count)
    ]


@pytest.fixture
def halved(roster: Any) -> int:
    """Sixty people were on the list, thirty are on the next, which waits."""
    roster.merge(HERE, "2026-10.csv", people(60))
    counts = roster.merge(HERE, "2026-11.csv", people(30))
    assert (counts["held"], counts["changed"], counts["files"]) == (1, 0, 0)
    (one,) = holds.held("lang_son")
    assert one["short"] == "số người giảm 50% (mức 10%)"
    assert one["counts"]["closed"] == 30
    assert len(roster.people()) == 60
    return int(one["file_id"])


@pytest.mark.parametrize(
    ("answer", "left", "settled"),
    [("release", 30, ("loaded", None)), ("addition", 60, ("loaded", None)), ("refuse", 60, ("refused", "refused_by_officer"))],
)
def test_an_answer_is_carried_out(
    halved: int, roster: Any, warehouse: psycopg.Connection, answer: holds.Decision, left: int, settled: tuple[str, str | None]
) -> None:
    counts = holds.settle("lang_son", halved, answer, "officer", None, "held")
    assert counts is not None
    assert len(roster.people()) == left
    assert status(warehouse)[1] == settled
    assert holds.held("lang_son") == []
    # A try that was killed after the merge comes again; so does an answer to a question that was cleared.
    assert holds.settle("lang_son", halved, "refuse", "officer", None, "held") is None
    assert len(roster.people()) == left


def test_a_try_killed_between_answer_and_merge_merges(halved: int, roster: Any) -> None:
    assert holds.decide(halved, "release", "officer", None)
    assert len(roster.people()) == 60
    assert holds.settle("lang_son", halved, "release", "officer", None, "held") is not None
    assert len(roster.people()) == 30


def test_a_better_list_takes_the_place_of_the_one_that_waits(halved: int, roster: Any, warehouse: psycopg.Connection) -> None:
    assert roster.merge(HERE, "2026-11 du.csv", people(59))["held"] == 0
    assert status(warehouse)[1] == ("superseded", None)
    assert holds.settle("lang_son", halved, "release", "officer", None, "held") is None
    assert len(roster.people()) == 59


def test_a_released_list_that_is_gone_is_told(halved: int, roster: Any) -> None:
    (roster.landing / "lang_son" / "roster" / HERE / "2026-11.csv").unlink()
    with pytest.raises(RefusedInputError, match="still in the landing zone"):
        holds.settle("lang_son", halved, "release", "officer", None, "held")
    assert len(roster.people()) == 60


def test_a_list_in_two_files_is_released_as_one(roster: Any, warehouse: psycopg.Connection) -> None:
    roster.merge(HERE, "2026-10.csv", people(100))
    roster.send(HERE, "thon 1.csv", people(30))
    assert roster.merge(HERE, "thon 2.csv", people(30, first=40))["held"] == 2
    (one,) = holds.held("lang_son")
    assert (one["files"], one["counts"]["closed"]) == (2, 40)
    holds.settle("lang_son", one["file_id"], "release", "officer", None, "held")
    assert len(roster.people()) == 60
    assert {state for state, _ in status(warehouse)} == {"loaded"}
