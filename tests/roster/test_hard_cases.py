"""What a hostile review proved wrong once: people lost, doubled, moved or raised from the dead by a list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from roster.test_lists import changes, numbered, people, person

HERE, THERE = "05977", "05983"
T12 = "Tạm trú từ 12 tháng"
NAMES = ("An", "Bình", "Châu", "Dũng", "Giang", "Hòa", "Khánh", "Lan", "Mai", "Sơn", "Tú")


@pytest.fixture(autouse=True)
def every_listing_is_kept(roster: Any) -> Iterator[None]:
    """A commune's state holds whom it lists, residents and claims, each once."""
    from sangloc.roster import state

    yield
    for commune, made_with, listed, content in roster.query(
        "SELECT commune_code, made_with, listed, content FROM roster.list_state"
    ):
        told = sorted(state.decode(made_with, listed, bytes(content)).persons.tolist())
        known = roster.query(
            "SELECT person_id FROM roster.person WHERE commune_code = %s UNION ALL "
            "SELECT person_id FROM roster.claim WHERE commune_code = %s ORDER BY 1",
            commune,
            commune,
        )
        assert told == [row[0] for row in known], commune


def living(roster: Any, number: int) -> list[tuple[str, str]]:
    return roster.query("SELECT commune_code, residence FROM roster.person WHERE citizen_id = %s", person(number)["citizen_id"])


def count(roster: Any) -> int:
    return int(roster.query("SELECT count(*) FROM roster.person")[0][0])


def test_a_row_without_a_number_stays_one_person_however_often_it_stands_there(roster: Any) -> None:
    twice = person(500, citizen_id="", insurance_no="")
    assert roster.merge(HERE, "1.csv", [*people(range(40)), twice, twice])["rejected"] == 1
    for month in range(2, 5):
        also = {**twice, "phone": f"091234567{month}"}
        counts = roster.merge(HERE, f"{month}.csv", [*people(range(38 + month)), twice, twice, also])
        assert counts["rejected"] == 2
        assert count(roster) == 39 + month
    assert {row[0] for row in roster.query("SELECT reason_code FROM intake.reject")} == {"row_repeated"}


def test_a_row_without_a_number_in_two_parts_is_one_person(roster: Any) -> None:
    twice = person(500, citizen_id="", insurance_no="")
    roster.send(HERE, "thon 1.csv", [*people(range(40)), twice])
    roster.send(HERE, "thon 2.csv", [*people(range(40, 70)), twice])
    assert roster.refresh(HERE)["rejected"] == 1
    assert count(roster) == 71


def test_a_mistyped_row_ends_no_claim(roster: Any) -> None:
    roster.merge(THERE, "1.csv", people(range(40)))
    rest = people(range(100, 140))
    roster.merge(HERE, "1.csv", [*rest, person(5, residence=T12)])
    roster.merge(HERE, "2.csv", [*rest, person(5, residence=T12, sex="?")])
    roster.merge(THERE, "2.csv", [*people(range(5)), *people(range(6, 40))])
    assert living(roster, 5) == [(HERE, "temporary_12m")]


def test_a_death_told_by_mistake_leaves_the_other_listing_in_place(roster: Any) -> None:
    roster.merge(HERE, "1.csv", people(range(40)))
    roster.merge(THERE, "1.csv", [*people(range(100, 140)), person(1, residence=T12)])
    roster.send(HERE, "2.csv", changes(("Chết", person(1))))
    roster.refresh(HERE)
    assert living(roster, 1) == []
    # THERE's old listing does not raise the dead, in other words neither.
    roster.merge(THERE, "2.csv", [*people(range(100, 140)), person(1, residence=T12, phone="0912345678")])
    assert living(roster, 1) == []
    roster.merge(HERE, "3.csv", people(range(41)))
    assert living(roster, 1) == [(HERE, "permanent")]
    roster.merge(THERE, "3.csv", [*people(range(100, 140)), person(1, residence=T12, phone="0912345678"), person(141)])
    roster.merge(HERE, "4.csv", [person(0), *people(range(2, 41))])
    assert living(roster, 1) == [(THERE, "temporary_12m")]


def test_a_list_without_the_residence_column_makes_no_temporary_resident_a_permanent_one(roster: Any) -> None:
    roster.merge(THERE, "1.csv", people(range(40)))
    rows = [*people(range(100, 140)), person(5, residence=T12, village="Phố Gần")]
    roster.merge(HERE, "1.csv", rows)
    roster.send(HERE, "2.csv", numbered(rows))
    assert roster.refresh(HERE)["moved_in"] == 0
    assert living(roster, 5) == [(THERE, "permanent")]


def test_losing_people_to_other_communes_counts_as_losing_them(roster: Any) -> None:
    roster.merge(HERE, "1.csv", people(range(60)))
    roster.merge(THERE, "1.csv", [*people(range(100, 160)), *(person(one, residence=T12) for one in range(30))])
    weaker = [*(person(one, residence="Tạm trú") for one in range(30)), *people(range(30, 60))]
    assert roster.merge(HERE, "2.csv", weaker)["held"] == 1
    assert roster.query("SELECT commune_code, count(*) FROM roster.person GROUP BY 1 ORDER BY 1") == [(HERE, 60), (THERE, 60)]
    counts = roster.merge(HERE, "3.csv", [*(person(one, residence="Tạm trú") for one in range(3)), *people(range(3, 60))])
    assert counts["closed"] == 3
    assert roster.query("SELECT people_after FROM roster.refresh ORDER BY refresh_id DESC LIMIT 1") == [(57,)]


def test_a_number_belongs_to_one_person(roster: Any) -> None:
    number = person(5)["citizen_id"]
    roster.merge(THERE, "1.csv", people(range(40)))
    counts = roster.merge(HERE, "1.csv", [*people(range(100, 140)), person(600, citizen_id=number)])
    assert counts["inserted"] == 41
    assert living(roster, 5) == [(THERE, "permanent")]
    assert roster.query("SELECT row_number, reason_code FROM intake.warning WHERE reason_code = 'citizen_id_taken'") == [
        (42, "citizen_id_taken")
    ]
    # The stranger's row stays as it is, the holder leaves: the number still is not the stranger's without a new listing.
    roster.merge(THERE, "2.csv", [*people(range(5)), *people(range(6, 40))])
    assert living(roster, 5) == []
    roster.merge(HERE, "2.csv", [*people(range(100, 140)), person(600, citizen_id=number, phone="0912345678")])
    assert living(roster, 5) == [(HERE, "permanent")]


def test_a_claim_that_comes_into_force_takes_no_number_from_a_new_person(roster: Any) -> None:
    roster.merge(HERE, "1.csv", people(range(40)))
    roster.merge(THERE, "1.csv", [*people(range(100, 140)), person(7, residence=T12)])
    roster.merge(HERE, "2.csv", [*people(range(7)), person(7, birth_date="15/11/1921"), *people(range(8, 40))])
    assert len(living(roster, 7)) == 1


def test_what_stands_between_two_villages_is_no_end_of_the_list(roster: Any) -> None:
    def sent(rows: list[dict[str, str]]) -> bytes:
        lines = ["Họ và tên,Ngày sinh,Giới tính,Số CCCD,Thôn/Tổ,Số hộ"]
        for one in rows:
            keys = ("full_name", "birth_date", "sex", "citizen_id", "village", "household_no")
            lines.append(",".join(one[key] for key in keys))
        lines.insert(21, "Người lập biểu,,,,,")
        return "\n".join(lines).encode()

    rows = people(range(60))
    rows[30] = person(30, citizen_id="")
    roster.send(HERE, "1.csv", sent(rows))
    roster.refresh(HERE)
    rows[30] = person(30, citizen_id="", birth_date="")
    roster.send(HERE, "2.csv", sent(rows))
    counts = roster.refresh(HERE)
    # The line between the villages comes back too.
    assert (counts["read"], counts["rejected"], counts["closed"]) == (61, 2, 0)


def test_numbers_that_were_swapped_are_put_right(roster: Any) -> None:
    one, two = (person(number, insurance_no="", household_no="H1") for number in (5, 6))
    rest = [*people(range(5)), *people(range(7, 40))]
    roster.merge(HERE, "1.csv", [*rest, one, two])
    swapped = [{**one, "citizen_id": two["citizen_id"]}, {**two, "citizen_id": one["citizen_id"]}]
    counts = roster.merge(HERE, "2.csv", [*rest, *swapped])
    assert (counts["inserted"], counts["updated"], counts["closed"]) == (0, 2, 0)
    assert roster.query("SELECT citizen_id FROM roster.person WHERE full_name = %s", one["full_name"])[0] == (
        two["citizen_id"],
    )


def test_an_insurance_number_shows_whose_mistyped_row_it_is(roster: Any) -> None:
    mistyped = person(5, household_no="", citizen_id="")
    rest = [*people(range(5)), *people(range(6, 40))]
    roster.merge(HERE, "1.csv", [*rest, mistyped])
    assert roster.merge(HERE, "2.csv", [*rest, {**mistyped, "birth_date": "31/02/1980"}])["closed"] == 0


def test_a_death_of_somebody_who_lives_elsewhere_is_told_back(roster: Any) -> None:
    roster.merge(THERE, "1.csv", people(range(40)))
    roster.merge(HERE, "1.csv", [*people(range(100, 140)), person(5, residence=T12)])
    roster.send(HERE, "2.csv", changes(("Chết", person(5))))
    roster.refresh(HERE)
    assert living(roster, 5) == [(THERE, "permanent")]
    assert roster.query("SELECT commune_code FROM roster.claim") == []
    assert ("leaver_elsewhere",) in roster.query("SELECT reason_code FROM intake.warning")


def test_a_number_comes_back_to_its_owner_when_it_is_free(roster: Any) -> None:
    child = person(5, citizen_id=person(7)["citizen_id"])
    roster.merge(THERE, "1.csv", [*people(range(5)), child])
    rows = [*people(range(100, 140)), person(7)]
    roster.merge(HERE, "1.csv", rows)
    # The row is looked at again, and is no news as long as another has the number.
    counts = roster.merge(HERE, "2.csv", [*rows, person(141)])
    assert (counts["inserted"], counts["updated"], counts["unchanged"]) == (1, 0, 41)
    assert roster.query("SELECT count(*) FROM intake.warning WHERE reason_code = 'citizen_id_taken'") == [(2,)]
    assert roster.query("SELECT count(*) FROM roster.person_past") == [(0,)]
    roster.merge(THERE, "2.csv", [*people(range(5)), person(5)])
    assert roster.merge(HERE, "3.csv", [*rows, person(142)])["updated"] == 1
    assert living(roster, 7) == [(HERE, "permanent")]
    assert living(roster, 5) == [(THERE, "permanent")]


def test_a_row_whose_number_is_known_stays_one_person_however_often_it_stands_there(roster: Any) -> None:
    roster.merge(HERE, "1.csv", people(range(40)))
    bare = person(7, citizen_id="")
    rest = [*people(range(7)), *people(range(8, 40))]
    # Read as a whole, against the list before, and in two parts.
    assert roster.merge(HERE, "2.csv", [*rest, bare, bare])["rejected"] == 1
    assert roster.merge(HERE, "3.csv", [*rest, bare, person(41), bare])["rejected"] == 1
    roster.send(HERE, "thon 1.csv", [*rest, bare, person(41)])
    roster.send(HERE, "thon 2.csv", [*people(range(50, 55)), person(7)])
    assert roster.refresh(HERE)["rejected"] == 1
    assert count(roster) == 46
    assert living(roster, 7) == [(HERE, "permanent")]
    # Of somebody who lives elsewhere too.
    weaker = person(7, citizen_id="", residence=T12)
    roster.merge(THERE, "1.csv", [*people(range(100, 140)), weaker])
    assert roster.merge(THERE, "2.csv", [*people(range(100, 140)), weaker, person(140), weaker])["rejected"] == 1
    assert count(roster) == 87


def test_whose_row_it_is_when_no_number_tells(roster: Any) -> None:
    number, other = person(500)["citizen_id"], person(502)["citizen_id"]
    far = {"household_no": "H900", "village": "Bản Xa"}
    cases: list[tuple[dict[str, str], dict[str, str], bool]] = [
        ({"birth_date": "1980"}, {"birth_date": "02/03/1980"}, True),
        ({"birth_date": "02/03/1980"}, {"birth_date": "12/03/1980"}, True),
        ({"birth_date": "02/03/1980"}, {"birth_date": "02/03/1981", "citizen_id": person(504)["citizen_id"]}, True),
        ({"birth_date": "02/03/1960"}, {"birth_date": "02/03/1990"}, False),
        ({"birth_date": "02/03/1980"}, {"birth_date": "12/04/1980"}, False),
        ({"birth_date": "1980"}, {"birth_date": "02/03/1980", **far}, False),
        ({"citizen_id": number}, {"birth_date": "02/03/1980", "citizen_id": other}, False),
        ({"insurance_no": "2000000500"}, {"insurance_no": "2000000502", **far}, False),
        ({"insurance_no": "2000000504"}, {"insurance_no": "2000000506", "household_no": "H901"}, True),
        ({"insurance_no": "2000000508"}, {"insurance_no": "020080000501", **far}, True),
        ({}, far, True),
    ]
    bare = [person(500, citizen_id="", insurance_no="", full_name=f"Nông Văn {name}") for name in NAMES[: len(cases)]]
    roster.merge(HERE, "1.csv", [*people(range(150)), *(one | old for one, (old, _, _) in zip(bare, cases, strict=True))])
    before = dict(roster.query("SELECT full_name, person_id FROM roster.person WHERE full_name LIKE 'Nông Văn %%'"))
    roster.merge(
        HERE, "2.csv", [*people(range(150)), *(one | old | new for one, (old, new, _) in zip(bare, cases, strict=True))]
    )
    after = dict(roster.query("SELECT full_name, person_id FROM roster.person WHERE full_name LIKE 'Nông Văn %%'"))
    assert [before[one["full_name"]] == after[one["full_name"]] for one in bare] == [same for _, _, same in cases]


def test_a_list_of_changes_makes_no_newcomer_the_namesake_of_another_household(roster: Any) -> None:
    resident = person(500, insurance_no="")
    roster.merge(HERE, "1.csv", [*people(range(40)), resident])
    cells = ("Mới đến", resident["full_name"], resident["birth_date"], resident["sex"], "H900")
    roster.send(HERE, "2.csv", f"Biến động,Họ và tên,Ngày sinh,Giới tính,Số hộ\r\n{','.join(cells)}".encode())
    assert roster.refresh(HERE)["inserted"] == 1
    assert living(roster, 500) == [(HERE, "permanent")]


def test_a_listing_that_is_read_again_is_no_newer_for_it(roster: Any) -> None:
    far = "05986"
    roster.merge(HERE, "1.csv", people(range(40)))
    rows = [*people(range(100, 140)), person(5, residence=T12)]
    roster.merge(THERE, "1.csv", rows)
    roster.merge(far, "1.csv", [*people(range(200, 240)), person(5, residence=T12)])
    # Every row of a list with another line above it is read.
    path = roster.send(THERE, "1.csv", rows)
    roster.send(THERE, "2.csv", "Danh sách dân cư\r\n".encode() + path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    assert roster.refresh(THERE)["changed"] == 0
    roster.merge(HERE, "2.csv", [*people(range(5)), *people(range(6, 40))])
    assert living(roster, 5) == [(far, "temporary_12m")]


def test_a_list_with_few_columns_takes_nobody_s_village_from_another_commune(roster: Any) -> None:
    roster.merge(THERE, "1.csv", [*people(range(40)), person(40, residence="Tạm trú", phone="0912345678")])
    roster.send(HERE, "1.csv", numbered([*people(range(100, 140)), person(40)]).replace("Thôn/Tổ".encode(), "Ghi chú".encode()))
    roster.refresh(HERE)
    # Here for good, as everybody on a list that does not say; what is known of the person stays known.
    assert living(roster, 40) == [(HERE, "permanent")]
    assert roster.query(
        "SELECT village, household_no, phone, ethnic_code IS NOT NULL FROM roster.person WHERE citizen_id = %s",
        person(40)["citizen_id"],
    ) == [(None, None, "0912345678", True)]


def test_who_comes_back_without_a_number_has_the_one_they_left_with(roster: Any) -> None:
    roster.merge(HERE, "1.csv", people(range(40)))
    roster.merge(HERE, "2.csv", people(range(39)))
    roster.merge(HERE, "3.csv", [*people(range(39)), person(39, citizen_id="")])
    assert living(roster, 39) == [(HERE, "permanent")]
    assert roster.query("SELECT count(*) FROM roster.former_identifier") == [(0,)]
