"""Deliveries as communes make them: long lists, parts, changes, held ones, and what a broken-off task leaves behind."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg
import pytest

from sangloc.errors import RefusedInputError, WarehouseError
from sangloc.roster import merge

HERE, THERE, FAR = "05977", "05983", "05986"
FAMILIES = ("Nguyễn", "Hoàng", "Lý", "Nông", "Vi", "Hứa", "Bế")
MIDDLES = ("Văn", "Thị", "Đức", "Minh", "Thu")
GIVEN = ("An", "Bình", "Châu", "Dũng", "Giang", "Hòa", "Khánh", "Lan", "Mai", "Sơn")


def person(number: int, **more: str) -> dict[str, str]:
    """The made-up person `number`: the same number is always the same person."""
    made = random.Random(number)
    sex = number % 2
    year = 1930 + made.randrange(70)
    digit = (year // 100 - 19) * 2 + sex
    base = {
        "full_name": f"{made.choice(FAMILIES)} {made.choice(MIDDLES)} {made.choice(GIVEN)}",
        "birth_date": f"{1 + made.randrange(28):02}/{1 + made.randrange(12):02}/{year}",
        "sex": "Nữ" if sex else "Nam",
        "citizen_id": f"020{digit}{year % 100:02}{number:06}",
        "insurance_no": f"20{number:08}",
        "ethnic": "Nùng",
        "village": f"Thôn {number % 7}",
        "household_no": f"H{number // 4}",
        "residence": "Thường trú",
    }
    return {**base, **more}


def people(*numbers: range) -> list[dict[str, str]]:
    return [person(number) for some in numbers for number in some]


def contents(roster: Any) -> dict[str, Any]:
    """Everything the roster holds, told without the ids that a try which broke off may have used up."""
    ids = {
        row[0]: row[1] for row in roster.query("SELECT person_id, min(citizen_id || full_name) FROM roster.person GROUP BY 1")
    }
    person_columns = (
        "citizen_id, insurance_no, insurance_key, full_name, name_key, name_fold, birth_date, birth_precision, sex, "
        "ethnic_code, phone, village, household_no, relation, guardian_citizen_id, residence, commune_code, change"
    )
    return {
        "people": roster.query(f"SELECT {person_columns} FROM roster.person ORDER BY citizen_id, full_name"),  # noqa: S608
        "past": roster.query(f"SELECT {person_columns}, end_reason FROM roster.person_past ORDER BY citizen_id, past_id"),  # noqa: S608
        "numbers": roster.query("SELECT kind, value, is_current FROM roster.person_identifier ORDER BY 1, 2, 3"),
        "groups": roster.query(
            "SELECT p.citizen_id, g.code_set, g.group_code, g.reason FROM roster.person_group AS g "
            "JOIN roster.person AS p USING (person_id) ORDER BY 1, 2, 3"
        ),
        "claims": roster.query("SELECT commune_code, citizen_id, residence FROM roster.claim ORDER BY 1, 2"),
        "refreshes": roster.query(
            "SELECT commune_code, list_kind, inserted, updated, moved_in, moved_out, closed, unchanged, rejected, "
            "people_before, people_after FROM roster.refresh ORDER BY refresh_id"
        ),
        "states": roster.query("SELECT commune_code, listed FROM roster.list_state ORDER BY 1"),
        "files": roster.query("SELECT status, rows_read, rows_accepted, rows_rejected FROM intake.file ORDER BY file_id"),
        "rejects": roster.query("SELECT row_number, column_name, reason_code FROM intake.reject ORDER BY 1, 2, 3"),
        "known": len(ids),
    }


def test_a_long_first_list_comes_to_the_same_as_a_staged_one(roster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # Somebody on it lives elsewhere by permanent residence, somebody left another commune, one is known by insurance only.
    roster.merge(THERE, "1.csv", [*people(range(50)), person(900, citizen_id=""), person(901)])
    roster.merge(THERE, "2.csv", [*people(range(50)), person(900, citizen_id="")])
    listed = [
        *people(range(100, 700)),
        person(3, residence="Tạm trú từ 12 tháng"),
        person(900, citizen_id=""),
        person(901),
        person(702, citizen_id=""),
        person(703, birth_date="31/02/1980"),
    ]
    roster.send(HERE, "1.csv", listed)
    assert len(listed) > merge.DIRECT_FROM
    counts = roster.refresh(HERE)
    assert (counts["inserted"], counts["moved_in"], counts["unchanged"], counts["rejected"]) == (601, 2, 1, 1)
    direct = contents(roster)
    roster.start_again()
    monkeypatch.setattr(merge, "DIRECT_FROM", 10**9)
    for commune in (THERE, THERE, HERE):
        roster.refresh(commune)
    assert contents(roster) == direct


def test_only_rows_that_changed_are_looked_at(roster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    parse = merge.parse
    monkeypatch.setattr(merge, "parse", lambda table, today: looked.append(table.frame.height) or parse(table, today))
    first = people(range(600))
    roster.merge(HERE, "1.csv", first)
    second = [*first[5:300], person(300, phone="0912345678"), *first[301:], *people(range(600, 610))]
    counts = roster.merge(HERE, "2.csv", second)
    # Eleven rows are new or changed; the first three are read whatever they say.
    assert looked == [600, 14]
    assert (counts["inserted"], counts["updated"], counts["closed"], counts["unchanged"]) == (10, 1, 5, 594)
    assert roster.query("SELECT listed FROM roster.list_state") == [(605,)]


def numbered(some: list[dict[str, str]], note: str = "") -> bytes:
    """A list with running numbers and Windows line ends, as a spreadsheet program writes it."""
    lines = ["Ủy ban nhân dân phường,,,,,", "STT,Họ và tên,Ngày sinh,Giới tính,Số CCCD,Thôn/Tổ"]
    for number, one in enumerate(some, start=1):
        cells = [str(number), one["full_name"], one["birth_date"], one["sex"], one["citizen_id"], one["village"]]
        lines.append(",".join(cells))
    return ("\r\n".join(lines) + note).encode("utf-8-sig")


@pytest.mark.parametrize("note", ["", "\r\n", "\r\nTổng cộng,600,,,,\r\n"])
def test_running_numbers_that_shift_are_no_news(roster: Any, monkeypatch: pytest.MonkeyPatch, note: str) -> None:
    looked: list[int] = []
    parse = merge.parse
    monkeypatch.setattr(merge, "parse", lambda table, today: looked.append(table.frame.height) or parse(table, today))
    roster.send(HERE, "1.csv", numbered(people(range(600))))
    roster.refresh(HERE)
    roster.send(
        HERE, "2.csv", numbered([*people(range(5, 300)), person(999), person(300, sex="?"), *people(range(301, 600))], note)
    )
    counts = roster.refresh(HERE)
    assert (counts["read"], counts["inserted"], counts["updated"], counts["closed"], counts["rejected"]) == (596, 1, 0, 5, 1)
    assert looked[1] == 5
    # Rows keep the numbers that the sender's program shows.
    assert roster.query("SELECT row_number FROM intake.reject") == [(299,)]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content.replace(b"Th\xc3\xb4n/T\xe1\xbb\x95", b"T\xe1\xbb\x95 d\xc3\xa2n ph\xe1\xbb\x91"),
        lambda content: content.replace(b",", b";"),
        lambda content: content.decode("utf-8-sig").encode("utf-16"),
        lambda content: content.replace(b"\r\n", b"\n"),
        lambda content: content + '\r\n601,"Lý Văn ""Tư""",01/01/1950,Nam,,Thôn 1'.encode(),
    ],
    ids=["other heading", "other separator", "other encoding", "other line ends", "quotation marks"],
)
def test_a_list_written_otherwise_comes_to_the_same(roster: Any, spoil: Callable[[bytes], bytes]) -> None:
    first, second = people(range(600)), [*people(range(3, 600)), person(700)]
    roster.send(HERE, "1.csv", numbered(first))
    roster.refresh(HERE)
    roster.send(HERE, "2.csv", spoil(numbered(second)))
    counts = roster.refresh(HERE)
    assert counts["closed"] == 3
    assert counts["inserted"] in (1, 2)
    assert (counts["updated"], counts["rejected"]) == (0, 0)


def test_a_list_in_other_words_changes_nobody(roster: Any) -> None:
    first = people(range(40))
    roster.merge(HERE, "1.csv", first)
    other = [
        {**one, "full_name": one["full_name"].upper().title(), "citizen_id": f"{one['citizen_id'][:3]} {one['citizen_id'][3:]}"}
        for one in first
    ]
    counts = roster.merge(HERE, "2.csv", other)
    assert (counts["unchanged"], counts["changed"]) == (40, 0)


def test_a_column_that_is_missing_is_not_an_empty_one(roster: Any) -> None:
    roster.merge(HERE, "1.csv", [person(1, phone="0912345678", groups="Hộ nghèo")])
    header = "Họ và tên,Ngày sinh,Giới tính,Số CCCD\r\n"
    one = person(1)
    line = f"{one['full_name']},{one['birth_date']},{one['sex']},{one['citizen_id']}\r\n"
    roster.send(HERE, "2.csv", (header + line).encode("utf-8-sig"))
    counts = roster.refresh(HERE)
    assert (counts["unchanged"], counts["changed"]) == (1, 0)
    assert roster.query("SELECT phone, village FROM roster.person") == [("0912345678", "Thôn 1")]
    assert ("3",) in roster.query("SELECT group_code FROM roster.person_group")


def test_parts_that_arrive_together_are_one_list(roster: Any) -> None:
    roster.send(HERE, "thon 1.csv", people(range(40)))
    roster.send(HERE, "thon 2.csv", people(range(40, 70)))
    counts = roster.refresh(HERE)
    assert (counts["files"], counts["inserted"], counts["closed"]) == (2, 70, 0)
    # A newer version of the whole has the same people and is no part.
    roster.merge(HERE, "3.csv", people(range(2, 70)))
    assert roster.query("SELECT count(*) FROM roster.person") == [(68,)]
    assert roster.query("SELECT people_before, people_after FROM roster.refresh ORDER BY refresh_id") == [
        (0, 40),
        (40, 70),
        (70, 68),
    ]


def test_a_number_in_two_parts_is_rejected_in_the_second(roster: Any) -> None:
    roster.send(HERE, "thon 1.csv", people(range(40)))
    roster.send(HERE, "thon 2.csv", [*people(range(40, 70)), person(5)])
    counts = roster.refresh(HERE)
    assert (counts["inserted"], counts["rejected"]) == (70, 1)
    assert roster.query("SELECT row_number, reason_code FROM intake.reject") == [(32, "duplicate_in_file")]


def changes(*rows: tuple[str, dict[str, str]]) -> bytes:
    lines = ["Biến động,Họ và tên,Ngày sinh,Giới tính,Số CCCD,Thôn/Tổ"]
    for change, one in rows:
        lines.append(",".join([change, one["full_name"], one["birth_date"], one["sex"], one["citizen_id"], one["village"]]))
    return "\r\n".join(lines).encode("utf-8-sig")


def test_a_list_of_changes_closes_only_whom_it_names(roster: Any) -> None:
    roster.merge(HERE, "1.csv", people(range(40)))
    roster.send(
        HERE, "2.csv", changes(("Chết", person(1)), ("Chuyển đi", person(2)), ("Mới sinh", person(50)), ("Chết", person(99)))
    )
    counts = roster.refresh(HERE)
    assert (counts["closed"], counts["inserted"], counts["rejected"]) == (2, 1, 1)
    assert roster.query("SELECT reason_code, row_number FROM intake.reject") == [("person_unknown", 5)]
    assert roster.query("SELECT end_reason, count(*) FROM roster.person_past GROUP BY 1 ORDER BY 1") == [
        ("died", 1),
        ("left", 1),
    ]
    assert roster.query("SELECT count(*) FROM roster.person") == [(39,)]
    # The next complete list, as the commune's register has it then.
    counts = roster.merge(HERE, "3.csv", [*people(range(1)), *people(range(3, 40)), person(50)])
    assert (counts["closed"], counts["inserted"]) == (0, 0)


def test_a_death_reported_by_one_commune_is_not_undone_by_another_s_old_listing(roster: Any) -> None:
    roster.merge(THERE, "1.csv", [*people(range(100, 140)), person(1, residence="Tạm trú từ 12 tháng")])
    roster.merge(HERE, "1.csv", people(range(40)))
    roster.send(HERE, "2.csv", changes(("Chết", person(1))))
    roster.refresh(HERE)
    assert roster.query("SELECT count(*) FROM roster.person WHERE citizen_id = %s", person(1)["citizen_id"]) == [(0,)]


def test_who_stays_listed_elsewhere_is_not_taken_back_by_an_old_row(roster: Any) -> None:
    roster.merge(HERE, "1.csv", people(range(40)))
    roster.merge(THERE, "1.csv", [*people(range(100, 140)), person(1, village="Bản Xa")])
    roster.merge(HERE, "2.csv", [*people(range(39)), person(200)])
    assert roster.query("SELECT commune_code FROM roster.person WHERE citizen_id = %s", person(1)["citizen_id"]) == [(THERE,)]
    assert roster.query("SELECT commune_code FROM roster.claim") == [(HERE,)]


def test_nobody_leaves_because_of_a_mistyped_row(roster: Any) -> None:
    roster.merge(HERE, "1.csv", people(range(40)))
    counts = roster.merge(HERE, "2.csv", [*people(range(39)), person(39, sex="?")])
    assert (counts["rejected"], counts["closed"]) == (1, 0)
    assert roster.query("SELECT count(*) FROM roster.person") == [(40,)]
    assert roster.merge(HERE, "3.csv", people(range(39)))["closed"] == 1


def test_who_was_on_the_roster_on_a_day(roster: Any, clock_at: Callable[[str], None]) -> None:
    for day, numbers in (("2026-09-01", range(40)), ("2026-10-01", range(2, 41)), ("2026-11-01", range(1, 41))):
        clock_at(day)
        roster.merge(HERE, f"{day}.csv", people(numbers))
    on_day = "SELECT count(*) FROM roster.person_history WHERE valid_from <= %s AND (valid_to IS NULL OR valid_to > %s)"
    days = [datetime.fromisoformat(f"{day}T12:00:00+07:00") for day in ("2026-08-31", "2026-09-15", "2026-10-15", "2026-11-15")]
    assert [roster.query(on_day, day, day)[0][0] for day in days] == [0, 40, 39, 40]
    back = roster.query("SELECT person_id FROM roster.person WHERE citizen_id = %s", person(1)["citizen_id"])[0][0]
    assert [row[1:] for row in roster.history(back)] == [("new", "left"), ("returned", None)]


def test_a_list_that_loses_too_many_waits_and_a_better_one_takes_its_place(roster: Any) -> None:
    roster.merge(HERE, "1.csv", people(range(60)))
    before = contents(roster)
    counts = roster.merge(HERE, "2.csv", people(range(30)))
    assert (counts["held"], counts["changed"], counts["files"]) == (1, 0, 0)
    after = contents(roster)
    assert {key: after[key] for key in before if key != "files"} == {key: before[key] for key in before if key != "files"}
    assert roster.query("SELECT status FROM intake.file ORDER BY file_id") == [("loaded",), ("held",)]
    assert roster.query("SELECT reasons->0->>'code' FROM intake.hold") == [("people_fell",)]
    # Behind it changes wait; asking again tells the same; everyone else goes on.
    roster.send(HERE, "3.csv", changes(("Chết", person(1))))
    assert (counts := roster.refresh(HERE))["held"] == 1
    assert counts["waiting"] == 1
    assert roster.merge(THERE, "1.csv", people(range(100, 140)))["inserted"] == 40
    counts = roster.merge(HERE, "4.csv", people(range(58)))
    assert (counts["held"], counts["closed"]) == (0, 2)
    assert [row[0] for row in roster.query("SELECT status FROM intake.file WHERE commune_code = %s ORDER BY file_id", HERE)][
        1
    ] == "superseded"


@pytest.mark.parametrize(("answer", "left", "kind"), [("release", 30, "full"), ("addition", 60, "addition")])
def test_an_officer_lets_a_held_list_in(roster: Any, answer: str, left: int, kind: str) -> None:
    from sangloc.roster import holds

    roster.merge(HERE, "1.csv", people(range(60)))
    roster.merge(HERE, "2.csv", people(range(30)))
    ((held,),) = roster.query("SELECT file_id FROM intake.file WHERE status = 'held'")
    assert holds.decide(held, answer, "officer", None)
    counts = roster.refresh(HERE)
    assert (counts["held"], counts["files"]) == (0, 1)
    assert roster.query("SELECT count(*) FROM roster.person") == [(left,)]
    assert roster.query("SELECT list_kind FROM roster.refresh ORDER BY refresh_id DESC LIMIT 1") == [(kind,)]
    assert roster.refresh(HERE)["files"] == 0


def test_an_officer_turns_a_held_list_down(roster: Any) -> None:
    from sangloc.roster import holds

    roster.merge(HERE, "1.csv", people(range(60)))
    path = roster.send(HERE, "2.csv", people(range(30)))
    roster.refresh(HERE)
    ((held,),) = roster.query("SELECT file_id FROM intake.file WHERE status = 'held'")
    assert holds.decide(held, "refuse", "officer", None)
    with pytest.raises(RefusedInputError, match="refused_by_officer"):
        roster.refresh(HERE)
    path.unlink()
    assert roster.refresh(HERE)["held"] == 0
    assert roster.query("SELECT count(*) FROM roster.person") == [(60,)]


def test_a_list_of_another_commune_waits(roster: Any) -> None:
    roster.merge(THERE, "1.csv", people(range(60)))
    roster.merge(HERE, "1.csv", people(range(100, 140)))
    assert roster.merge(HERE, "2.csv", people(range(1, 60)))["held"] == 1
    assert "wrong_commune" in str(roster.query("SELECT reasons FROM intake.hold"))
    # As the first list of a commune too, however long.
    roster.merge(THERE, "2.csv", [*people(range(60)), *people(range(2000, 2006))])
    assert roster.merge(FAR, "1.csv", [*people(range(60)), person(5000)])["held"] == 1
    assert roster.query("SELECT count(*) FROM roster.person WHERE commune_code = %s", FAR) == [(0,)]


def test_a_file_dropped_into_the_wrong_folder_is_taken_from_the_right_one(roster: Any) -> None:
    roster.merge(HERE, "1.csv", people(range(100, 140)))
    roster.merge(THERE, "1.csv", people(range(60)))
    path = roster.send(HERE, "x.csv", [*people(range(60)), person(61)])
    assert roster.refresh(HERE)["held"] == 1
    content = path.read_bytes()
    path.unlink()
    roster.send(THERE, "x.csv", content)
    assert roster.refresh(THERE)["inserted"] == 1


class Cut(Exception):
    """Stands for the death of the process."""


def broken_off(roster: Any, monkeypatch: pytest.MonkeyPatch, at: int) -> int:
    """Refresh until the statement number `at` of the writing, then lose the connection; how many there were."""
    from sqlalchemy import event

    from sangloc.warehouse import database

    seen = 0

    def count(conn: Any, cursor: Any, statement: str, *_: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == at:
            with psycopg.connect(roster.warehouse.info.dsn, password=roster.warehouse.info.password, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", [cursor.connection.info.backend_pid])

    engine = database._engine("loader")
    event.listen(engine, "before_cursor_execute", count)
    try:
        roster.refresh(HERE)
    except WarehouseError:
        pass
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return seen


def test_whenever_it_is_broken_off_the_retry_completes_the_work_once(roster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def prepare() -> None:
        roster.start_again()
        (roster.landing / roster.slug / "roster" / HERE / "2.csv").unlink(missing_ok=True)
        roster.merge(THERE, "1.csv", [*people(range(100, 140)), person(3, residence="Tạm trú từ 12 tháng")])
        roster.merge(HERE, "1.csv", people(range(60)))
        roster.send(
            HERE,
            "2.csv",
            [
                *people(range(4, 58)),
                person(58, phone="0912345678"),
                person(59, sex="?"),
                person(130),
                person(61, groups="Hộ nghèo"),
            ],
        )

    prepare()
    roster.refresh(HERE)
    undisturbed = contents(roster)
    prepare()
    statements = broken_off(roster, monkeypatch, 10**9)
    assert contents(roster) == undisturbed
    assert statements > 25
    # Every statement would take a while; the seed is printed by the name of the test when one of them fails.
    for at in sorted(random.Random(20261122).sample(range(1, statements + 1), 12)):
        prepare()
        broken_off(roster, monkeypatch, at)
        roster.refresh(HERE)
        assert contents(roster) == undisturbed, f"broken off at statement {at}"


def test_two_refreshes_of_one_commune_do_not_interleave(roster: Any) -> None:
    roster.merge(HERE, "1.csv", people(range(300)))
    roster.send(HERE, "2.csv", people(range(10, 310)))
    with ThreadPoolExecutor() as pool:
        outcomes = list(pool.map(roster.refresh, [HERE, HERE, HERE]))
    assert sorted(outcome["files"] for outcome in outcomes) == [0, 0, 1]
    assert roster.query("SELECT inserted, closed FROM roster.refresh ORDER BY refresh_id") == [(300, 0), (10, 10)]


@contextmanager
def held_up(roster: Any, lock: str, *communes: str) -> Iterator[None]:
    """Start refreshes one after the other, and let each of them wait for the lock until the caller is done."""
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    info = roster.warehouse.info
    with ThreadPoolExecutor() as pool, psycopg.connect(info.dsn, password=info.password) as other:
        other.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [lock])
        started = []
        for commune in communes:
            started.append(pool.submit(roster.refresh, commune))
            while roster.query(waiting) != [(len(started),)]:
                assert not started[-1].done()
        yield
        other.rollback()
        for each in started:
            each.result()


def test_a_refresh_that_waited_counts_the_people_of_its_turn(roster: Any) -> None:
    roster.merge(HERE, "1.csv", people(range(40)))
    roster.merge(THERE, "1.csv", people(range(100, 140)))
    roster.send(THERE, "2.csv", people(range(100, 140), range(3)))
    roster.send(HERE, "2.csv", people(range(3, 41)))
    with held_up(roster, "roster:20", THERE, HERE):
        pass
    assert roster.query(
        "SELECT people_before, people_after FROM roster.refresh WHERE refresh_id > 2 ORDER BY commune_code"
    ) == [
        (37, 38),
        (40, 43),
    ]


def test_histories_of_refreshes_side_by_side_are_in_their_order(roster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SANGLOC_NOW")
    roster.merge(HERE, "1.csv", people(range(40)))
    roster.merge(THERE, "1.csv", people(range(100, 140)))
    roster.send(THERE, "2.csv", people(range(100, 140), range(3)))
    # Begins first and has its turn last.
    with held_up(roster, f"roster:{THERE}", THERE):
        roster.merge(HERE, "2.csv", people(range(3, 40)))
    assert roster.query("SELECT count(*) FROM roster.person_history WHERE change = 'moved'") == [(3,)]
    assert (
        roster.query(
            "SELECT person_id FROM roster.person_history AS a JOIN roster.person_history AS b USING (person_id)"
            " WHERE a.end_reason IS NOT NULL AND b.change = 'moved' AND b.valid_from < a.valid_to"
        )
        == []
    )


def test_a_broken_list_stops_neither_the_others_nor_itself_for_ever(roster: Any) -> None:
    roster.send(HERE, "1.csv", people(range(60)))
    roster.send(HERE, "2.csv", os.urandom(2000))
    with pytest.raises(RefusedInputError, match=r"tệp số \d+"):
        roster.refresh(HERE)
    assert roster.query("SELECT count(*) FROM roster.person") == [(60,)]


def test_a_corrected_row_comes_back(roster: Any) -> None:
    from sangloc.roster import give_back

    roster.merge(HERE, "1.csv", [*people(range(40)), person(40, sex="?")])
    (path,) = give_back(roster.slug, HERE)
    assert give_back(roster.slug, HERE) == []
    corrected = roster.correct(path, "Giới tính", "Nam")
    roster.send(HERE, "sua.xlsx", corrected)
    counts = roster.refresh(HERE)
    assert (counts["inserted"], counts["closed"], counts["rejected"]) == (1, 0, 0)
    assert roster.query("SELECT corrected_in IS NOT NULL FROM intake.reject") == [(True,)]


def test_a_row_that_came_back_wrong_once_more_is_put_right_all_the_same(roster: Any) -> None:
    from sangloc.roster import give_back

    rows = [person(40, sex="?"), person(41, sex="?", birth_date="31/02/1980")]
    roster.merge(HERE, "1.csv", [*people(range(40)), *rows])
    open_rows = "SELECT rejected FROM roster.gap WHERE commune_code = %s"
    for name, heading, value, left in (("a.xlsx", "Giới tính", "Nam", 1), ("b.xlsx", "Ngày sinh", "01/02/1980", 0)):
        (path,) = give_back(roster.slug, HERE)
        roster.send(HERE, name, roster.correct(path, heading, value))
        assert roster.refresh(HERE)["inserted"] == 1
        assert roster.query(open_rows, HERE) == [(left,)]


def test_corrected_rows_of_another_commune_are_refused_until_they_are_in_its_folder(roster: Any) -> None:
    from sangloc.roster import give_back

    roster.merge(THERE, "1.csv", people(range(40)))
    roster.merge(HERE, "1.csv", [*people(range(100, 140)), person(140, sex="?")])
    (path,) = give_back(roster.slug, HERE)
    corrected = roster.correct(path, "Giới tính", "Nam")
    wrong = roster.send(THERE, "sua.xlsx", corrected)
    with pytest.raises(RefusedInputError, match="returned_elsewhere"):
        roster.refresh(THERE)
    wrong.unlink()
    roster.send(HERE, "sua.xlsx", corrected)
    assert roster.refresh(HERE)["inserted"] == 1
