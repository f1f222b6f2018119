"""Target groups: the rules, what a birthday changes, and what a wrong rule is answered with."""

from __future__ import annotations

import csv
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest
import yaml

from people import add_person, add_refresh
from sangloc import settings
from sangloc.errors import ConfigurationError
from sangloc.roster import groups

TODAY = date(2026, 11, 21)
ISLAND, PLAIN = "11914", "10507"  # a special zone and a ward of Hải Phòng
HERE = "05983"
TYPES = {"birth_date": pl.Date, "sex": pl.Int16}


def frame(*people: dict[str, Any]) -> pl.DataFrame:
    """Rows as a list gives them: a man of 40, Kinh, permanent, insured, in no group, changed by each."""
    usual = {
        "groups": "", "birth_date": date(1986, 5, 5), "birth_precision": "day", "sex": 1, "ethnic_code": "01",
        "residence": "permanent", "insurance_no": "0000000001", "relation": "Con", "citizen_id": None,
    }  # fmt: skip
    rows = [{**usual, **person} for person in people]
    return pl.DataFrame(rows, schema={name: TYPES.get(name, pl.String) for name in usual}, orient="row")


def members(
    db: psycopg.Connection, *people: dict[str, Any], slug: str = "hai_phong", commune: str = PLAIN, today: date = TODAY
) -> list[set[str]]:
    """`code set:code=reason` of each person's groups, out of the warehouse."""
    from sangloc.warehouse import transaction

    keys = groups.assign(frame(*people), slug, commune, today).to_list()
    with transaction() as conn:
        ids = groups.group_set_ids(conn, keys)
    found: dict[int, set[str]] = {}
    for group_set, member in db.execute(
        "SELECT group_set_id, code_set || ':' || group_code || '=' || reason FROM roster.group_set_member"
    ):
        found.setdefault(group_set, set()).add(member)
    return [found.get(ids[key] or 0, set()) for key in keys]


def both(code: str, reason: str, *more: str) -> set[str]:
    """A code that means the same in both code sets, and what else the person belongs to."""
    return {f"QD1551:{code}={reason}", f"QD2062:{code}={reason}", *more}


# What the list says, and what it comes to in the two code sets and among the priority groups.
LABELS: list[tuple[str, set[str]]] = [
    ("", set()),
    ("1=older", both("1", "label:older", "PRIORITY:older_people=label:older")),
    ("2=disabled", both("2", "label:disabled", "PRIORITY:vulnerable_people=label:disabled")),
    ("3=poor", both("3", "label:poor", "PRIORITY:poor_households=label:poor")),
    ("3=near_poor", both("3", "label:near_poor", "PRIORITY:poor_households=label:near_poor")),
    ("3=poor_or_near_poor", both("3", "label:poor_or_near_poor", "PRIORITY:poor_households=label:poor_or_near_poor")),
    ("3=near_poor+poor", both("3", "label:near_poor+label:poor", "PRIORITY:poor_households=label:near_poor+label:poor")),
    ("4=merit", both("4", "label:merit", "PRIORITY:policy_beneficiaries=label:merit")),
    ("5=chronic", both("5", "label:chronic", "PRIORITY:vulnerable_people=label:chronic")),
    ("6=ethnic_area", both("6", "label:ethnic_area", "PRIORITY:difficult_areas=label:ethnic_area")),
    ("7=difficult_area", both("7", "label:difficult_area", "PRIORITY:difficult_areas=label:difficult_area")),
    ("8=island", both("8", "label:island", "PRIORITY:difficult_areas=label:island")),
    ("9=special_zone", both("9", "label:special_zone", "PRIORITY:difficult_areas=label:special_zone")),
    ("10=preschool", both("10", "label:preschool", "PRIORITY:children=label:preschool")),
    ("11=pupil", both("11", "label:pupil", "PRIORITY:children=label:pupil")),
    ("12=student", both("12", "label:student")),
    ("13=worker", both("13", "label:worker")),
    # 14 is "others" in QĐ 1551 and "informal workers" in QĐ 2062, which has codes of its own for the rest.
    ("14=informal_worker", {"QD1551:14=label:informal_worker", "QD2062:14=label:informal_worker"}),
    ("15=uninsured", {"QD1551:14=label:uninsured", "QD2062:15=label:uninsured"}),
    ("16=other", {"QD1551:14=label:other", "QD2062:16=label:other"}),
    ("16=armed_forces", {"QD1551:14=label:armed_forces", "QD2062:16=label:armed_forces"}),
    (
        "2=disabled;5=chronic",
        both("2", "label:disabled") | both("5", "label:chronic", "PRIORITY:vulnerable_people=label:chronic+label:disabled"),
    ),
]
OLDER = both("1", "age", "PRIORITY:older_people=age")
CHILD = {"PRIORITY:children=age"}
# Birth date, and what it alone comes to on 21 November 2026.
BIRTHS: list[tuple[date, set[str]]] = [
    (date(1966, 11, 20), OLDER),
    (date(1966, 11, 21), OLDER),
    (date(1966, 11, 22), set()),
    (date(1900, 1, 1), OLDER),
    (date(2010, 11, 21), set()),
    (date(2010, 11, 22), CHILD),
    (date(2026, 11, 21), CHILD),
]


def test_what_the_list_says_and_ages(warehouse: psycopg.Connection, province: str) -> None:
    found = members(warehouse, *({"groups": text} for text, _ in LABELS), *({"birth_date": born} for born, _ in BIRTHS))
    cases = [*LABELS, *BIRTHS]
    assert {case: one for (case, _), one in zip(cases, found, strict=True)} == dict(cases)


def test_several_groups_and_their_reasons(warehouse: psycopg.Connection, province: str) -> None:
    old = {"groups": "1=older;3=poor", "birth_date": date(1940, 1, 1)}
    pupil = {"groups": "11=pupil", "birth_date": date(2015, 1, 1)}
    zone = both("9", "commune:special_zone")
    assert members(warehouse, old, pupil, {}, commune=ISLAND) == [
        zone
        | both("1", "age+label:older")
        | both("3", "label:poor")
        | {
            "PRIORITY:older_people=age+label:older",
            "PRIORITY:poor_households=label:poor",
            "PRIORITY:difficult_areas=commune:special_zone",
        },
        zone
        | both("11", "label:pupil")
        | {"PRIORITY:children=age+label:pupil", "PRIORITY:difficult_areas=commune:special_zone"},
        zone | {"PRIORITY:difficult_areas=commune:special_zone"},
    ]


def test_equal_people_share_a_set_and_keys_are_stable(warehouse: psycopg.Connection, province: str) -> None:
    keys = groups.assign(frame({}, {"relation": "Vợ", "citizen_id": "1"}, {"groups": "3=poor"}), "hai_phong", PLAIN, TODAY)
    assert keys[0] == keys[1] != keys[2] and "" not in keys.to_list()
    assert groups.assign(frame({}), "hai_phong", PLAIN, date(2027, 6, 1))[0] == keys[0]
    assert groups.assign(frame({}), "lang_son", HERE, TODAY)[0] != keys[0], "priority groups are the province's"
    assert keys[0].startswith(groups.rules_hash() + "|") and len(groups.rules_hash()) == 12
    members(warehouse, {}, {"groups": "3=poor"})
    before = warehouse.execute("SELECT * FROM roster.group_set_member ORDER BY 1, 2, 3").fetchall()
    members(warehouse, {}, {"groups": "3=poor"})
    assert warehouse.execute("SELECT * FROM roster.group_set_member ORDER BY 1, 2, 3").fetchall() == before
    assert warehouse.execute("SELECT count(*) FROM roster.group_set").fetchone() == (2,)


def test_a_set_is_written_once_however_many_ask_for_it(warehouse: psycopg.Connection, province: str) -> None:
    from sangloc.warehouse import transaction

    keys = groups.assign(frame(*({"groups": text} for text, _ in LABELS)), "hai_phong", PLAIN, TODAY).to_list()

    def ask(_: int) -> dict[str, int | None]:
        with transaction() as conn:
            return groups.group_set_ids(conn, [*keys, ""])

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, range(4)))
    assert all(answer == answers[0] for answer in answers)
    assert answers[0].pop("") is None and None not in answers[0].values()
    assert warehouse.execute("SELECT count(*) FROM roster.group_set").fetchone() == (len(LABELS),)
    twice = "SELECT count(*) FROM roster.group_set_member GROUP BY group_set_id, code_set, group_code HAVING count(*) > 1"
    assert warehouse.execute(twice).fetchall() == []


def test_names_and_codes_are_those_of_the_decisions() -> None:
    rules = yaml.safe_load((settings.include() / "roster" / "groups.yaml").read_text(encoding="utf-8"))["rules"]
    with (settings.include() / "code_sets" / "codes.csv").open(encoding="utf-8", newline="") as file:
        official = {
            (f"QD{row['decision']}", row["code"]): row["label_vi"]
            for row in csv.DictReader(file)
            if row["code_list"] == "DOI_TUONG"
        }
    assert {(code_set, code): rule["name_vi"] for rule in rules for code_set, code in rule["codes"].items()} == official


# Rules of one's own --------------------------------------------------------------------------------------------------


@pytest.fixture
def rewrite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """An installation whose rules, or communes, are the real ones with texts replaced."""
    real = settings.include()
    include = tmp_path / "installation" / "include"
    (include / "roster").mkdir(parents=True)
    for folder in ("sql", "intake"):
        (include / folder).symlink_to(real / folder)
    for slug in ("hai_phong", "lang_son", "thai_nguyen"):
        (include / "provinces" / slug).mkdir(parents=True)
        for name in ("profile.yaml", "communes.csv"):
            (include / "provinces" / slug / name).write_bytes((real / "provinces" / slug / name).read_bytes())
    (include / "roster" / "groups.yaml").write_bytes((real / "roster" / "groups.yaml").read_bytes())

    def replaced(*replacements: tuple[str, str], file: str = "roster/groups.yaml") -> Path:
        path = include / file
        text = path.read_text(encoding="utf-8")
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new, 1)
        path.write_text(text, encoding="utf-8")
        monkeypatch.setenv("SANGLOC_ROOT", str(include.parent))
        return path

    return replaced


STUDENT = "any: [{label: student}]"


@pytest.mark.parametrize(
    ("condition", "fitting", "others", "reason"),
    [
        ("{sex: female}", [{"sex": 2}], [{}, {"sex": 3}], "sex"),
        ("{sex: male}", [{}], [{"sex": 2}, {"sex": 3}], "sex"),
        ("{ethnic: not_kinh}", [{"ethnic_code": "05"}], [{}, {"ethnic_code": None}], "ethnic"),
        ("{ethnic: kinh}", [{}], [{"ethnic_code": "05"}, {"ethnic_code": None}], "ethnic"),
        (
            "{residence: [permanent, temporary_12m]}",
            [{}, {"residence": "temporary_12m"}],
            [{"residence": "temporary_short"}],
            "residence",
        ),
        ("{insurance: missing}", [{"insurance_no": None}], [{}], "insurance"),
        (
            "{relation: [Chủ hộ, Vợ]}",
            [{"relation": "chủ  hộ"}, {"relation": "VO"}],
            [{}, {"relation": None}, {"relation": "Chủ hộ cũ"}],
            "relation",
        ),
        (
            "{age_from: 40, age_below: 41}",
            [{}, {"birth_date": date(1985, 11, 22)}],
            [{"birth_date": date(1985, 11, 21)}, {"birth_date": date(1986, 11, 22)}],
            "age",
        ),
        (
            "{label: worker, sex: female, age_below: 60}",
            [{"groups": "13=worker", "sex": 2}],
            [{"sex": 2}, {"groups": "13=worker"}, {"groups": "13=worker", "sex": 2, "birth_date": date(1950, 1, 1)}],
            "age+label:worker+sex",
        ),
    ],
)
def test_every_condition_holds_and_does_not(
    rewrite: Callable[..., Path], warehouse: psycopg.Connection, province: str, condition: str, fitting: Any, others: Any,
    reason: str,
) -> None:  # fmt: skip
    rewrite((STUDENT, f"any: [{condition}]"))
    found = members(warehouse, *fitting, *others)
    wanted = {f"QD1551:12={reason}", f"QD2062:12={reason}"}
    assert [wanted <= one for one in found[: len(fitting)]] == [True] * len(fitting)
    assert [any(":12=" in member for member in one) for one in found[len(fitting) :]] == [False] * len(others)


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        ("I,,,", both("6", "commune:area_1")),
        ("II,,,", both("6", "commune:area_2") | both("7", "commune:area_2")),
        ("III,yes,,", both("6", "commune:area_3+commune:ethnic_area") | both("7", "commune:area_3")),
        (",yes,,", both("6", "commune:ethnic_area")),
        (",,yes,", both("8", "commune:island")),
        (",no,no,yes", set()),
        (",,,", set()),
    ],
)
def test_the_communes_lists_decide_where_they_are_entered(
    rewrite: Callable[..., Path], warehouse: psycopg.Connection, province: str, cells: str, wanted: set[str]
) -> None:
    from sangloc.provinces import communes

    old = next(
        line
        for line in (settings.include() / "provinces/hai_phong/communes.csv").read_text(encoding="utf-8").splitlines()
        if line.startswith(PLAIN)
    )
    before = groups.rules_hash()
    rewrite((old, old.removesuffix(",,,") + cells), file="provinces/hai_phong/communes.csv")
    (found,) = members(warehouse, {})
    assert {member for member in found if not member.startswith("PRIORITY")} == wanted
    assert any(member.startswith("PRIORITY:difficult_areas=") for member in found) == bool(wanted)
    assert next(unit for unit in communes("hai_phong") if unit.code == PLAIN).population == 50307
    # A border is no condition of a rule, but a flag: rules may ask for it, so keys are made anew.
    assert (groups.rules_hash() == before) == (cells == ",,,")


@pytest.mark.parametrize(
    ("replacement", "message"),
    [
        ((STUDENT, "any: [{lable: student}]"), "rules[11] (Sinh viên).any[0].lable: unknown key"),
        ((STUDENT, "any: [{label: learner}]"), "rules[11] (Sinh viên): label: expected a reason of include/intake/groups.yaml"),
        ((STUDENT, "any: [{}]"), "rules[11] (Sinh viên).any[0]: expected at least one condition"),
        ((STUDENT, "any: []"), "rules[11] (Sinh viên).any: "),
        ((STUDENT, "any: [{age_from: 20, age_below: 20}]"), "rules[11] (Sinh viên).any[0]: expected age_from below age_below"),
        ((STUDENT, "any: [{sex: man}]"), "rules[11] (Sinh viên).any[0].sex: expected 'male' or 'female', found 'man'"),
        ((STUDENT, "any: [{commune: area_4}]"), "rules[11] (Sinh viên).any[0].commune[0]: expected 'area_1'"),
        (('{QD1551: "12", QD2062: "12"}', '{QD9999: "12"}'), "rules[11] (Sinh viên).codes: expected one of QD1551, QD2062"),
        (('{QD1551: "12", QD2062: "12"}', '{QD1551: "11"}'), "expected each code once, QD1551 11 has a rule before"),
        (("    certainty: second_hand", "    certainty: sure"), "rules[0] (Người cao tuổi).certainty: expected 'verified'"),
        (("    children: {", "    infants: {"), "priority.sources: expected the source of 'children'"),
        (("  made_of: QD2062", "  made_of: QD2063"), "priority: expected made_of to be one of code_sets"),
        (("rules:\n", "rule:\n"), "rules: expected this key, it is missing"),
        (("code_sets:\n", "code_sets: [\n"), "expected a readable YAML file"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_place(
    rewrite: Callable[..., Path], replacement: tuple[str, str], message: str
) -> None:
    path = rewrite(replacement)
    with pytest.raises(ConfigurationError) as refused:
        groups.rules_hash()
    assert str(refused.value).startswith(str(path)) and message in str(refused.value)


def test_a_key_of_other_rules_makes_no_set(rewrite: Callable[..., Path], warehouse: psycopg.Connection, province: str) -> None:
    from sangloc.warehouse import transaction

    (key,) = groups.assign(frame({}), "lang_son", HERE, TODAY)
    rewrite((STUDENT, "any: [{sex: female}]"))
    with transaction() as conn, pytest.raises(ConfigurationError, match="run the task again"):
        groups.group_set_ids(conn, [key])


# Birthdays -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "years", "expected"),
    [
        (date(2026, 11, 21), 60, date(1966, 11, 21)),
        (date(2026, 2, 28), 6, date(2020, 2, 29)),
        (date(2026, 2, 27), 6, date(2020, 2, 27)),
        (date(2026, 3, 1), 6, date(2020, 3, 1)),
        (date(2028, 2, 28), 60, date(1968, 2, 28)),
        (date(2028, 2, 29), 60, date(1968, 2, 29)),
        (date(2028, 2, 29), 6, date(2022, 2, 28)),
        (date(2026, 2, 28), 5, date(2021, 2, 28)),
    ],
)
def test_the_latest_birthday_of_an_age(day: date, years: int, expected: date) -> None:
    assert groups.born_until(day, years) == expected


class Village:
    """People of one commune of Lạng Sơn, with the groups that a list gave them on a day."""

    def __init__(self, db: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
        self.db, self.monkeypatch = db, monkeypatch

    def at(self, day: date) -> None:
        self.monkeypatch.setenv("SANGLOC_NOW", f"{day.isoformat()}T08:00:00+07:00")

    def add(self, born: date, labels: str = "", listed: date = TODAY) -> int:
        from sangloc.warehouse import transaction

        (key,) = groups.assign(frame({"birth_date": born, "groups": labels}), "lang_son", HERE, listed)
        with transaction() as conn:
            ids = groups.group_set_ids(conn, [key])
        return add_person(self.db, commune_code=HERE, birth_date=born, group_set_id=ids[key])

    def groups(self, person: int, code_set: str = "QD2062") -> set[str]:
        rows = self.db.execute(
            "SELECT group_code || '=' || reason FROM roster.person_group WHERE person_id = %s AND code_set = %s",
            (person, code_set),
        )
        return {row[0] for row in rows}

    def priority(self, person: int) -> set[str]:
        return self.groups(person, "PRIORITY")


@pytest.fixture
def village(warehouse: psycopg.Connection, province: str, monkeypatch: pytest.MonkeyPatch) -> Village:
    return Village(warehouse, monkeypatch)


def test_birthdays_move_people_in_and_out(village: Village) -> None:
    old = village.add(date(1966, 11, 22), "5=chronic")
    young = village.add(date(2010, 11, 22))
    middle = village.add(date(1980, 11, 22))
    assert groups.age_groups("lang_son") == 0
    assert village.groups(old) == {"5=label:chronic"} and village.priority(young) == {"children=age"}

    village.at(date(2026, 11, 22))
    assert groups.age_groups("lang_son") == 2
    assert village.groups(old) == {"1=age", "5=label:chronic"}
    assert village.priority(old) == {"older_people=age", "vulnerable_people=label:chronic"}
    assert village.priority(young) == set() == village.priority(middle)
    assert groups.age_groups("lang_son") == 0

    # As if the list had come today: the same sets, nothing more.
    before = village.db.execute("SELECT person_id, group_set_id FROM roster.person ORDER BY 1").fetchall()
    again = [
        village.add(date(1966, 11, 22), "5=chronic", date(2026, 11, 22)),
        village.add(date(2010, 11, 22), "", date(2026, 11, 22)),
    ]
    new = dict(village.db.execute("SELECT person_id, group_set_id FROM roster.person").fetchall())
    assert [new[person] for person in again] == [dict(before)[person] for person in (old, young)]
    assert village.db.execute("SELECT count(*) FROM roster.person_past").fetchone() == (0,), "no history"


def test_a_gap_of_months_is_caught_up(village: Village) -> None:
    people = [village.add(born) for born in (date(1966, 12, 1), date(1967, 3, 1), date(1967, 6, 1), date(1967, 6, 2))]
    groups.age_groups("lang_son")
    village.at(date(2027, 6, 1))
    assert groups.age_groups("lang_son") == 3
    assert [village.groups(person) for person in people] == [{"1=age"}] * 3 + [set()]
    # Somebody a list that was being merged meanwhile made as old as days ago.
    late = village.add(date(1967, 5, 30), listed=date(2027, 5, 29))
    assert groups.age_groups("lang_son") == 1 and village.groups(late) == {"1=age"}


def test_two_ages_within_a_gap_and_the_29th_of_february(rewrite: Callable[..., Path], village: Village) -> None:
    rewrite((STUDENT, "any: [{age_from: 61}]"))
    leap, next_day = village.add(date(1968, 2, 29)), village.add(date(1968, 3, 1))
    groups.age_groups("lang_son")
    for day, changed, older, oldest in (
        (date(2028, 2, 28), 0, [], []),
        (date(2028, 2, 29), 1, [leap], []),
        (date(2029, 2, 27), 1, [leap, next_day], []),
        (date(2029, 2, 28), 1, [leap, next_day], [leap]),
        (date(2031, 1, 1), 1, [leap, next_day], [leap, next_day]),
    ):
        village.at(day)
        assert groups.age_groups("lang_son") == changed, day
        assert [one for one in (leap, next_day) if "1=age" in village.groups(one)] == older
        assert [one for one in (leap, next_day) if "12=age" in village.groups(one)] == oldest
    # Both ages in one go.
    both_ages = village.add(date(1970, 1, 1), listed=date(2029, 12, 31))
    village.db.execute("UPDATE roster.group_day SET reached_on = '2029-12-31'")
    assert groups.age_groups("lang_son") == 1
    assert village.groups(both_ages) == {"1=age", "12=age"}


def test_listings_that_do_not_count_age_too(village: Village) -> None:
    person = village.add(date(1966, 11, 22))
    village.db.execute(
        "INSERT INTO roster.claim (province_code, commune_code, person_id, full_name, name_key, name_fold, birth_date,"
        " birth_precision, sex, residence, group_set_id, refresh_id) SELECT province_code, '05977', person_id, full_name,"
        " name_key, name_fold, birth_date, birth_precision, sex, residence, group_set_id, %s FROM roster.person",
        [add_refresh(village.db, "20", "05977")],
    )
    groups.age_groups("lang_son")
    village.at(date(2026, 11, 22))
    assert groups.age_groups("lang_son") == 1
    sets = "SELECT p.group_set_id, c.group_set_id FROM roster.person AS p JOIN roster.claim AS c USING (person_id)"
    ((of_person, of_claim),) = village.db.execute(sets).fetchall()
    assert of_person == of_claim and village.groups(person) == {"1=age"}


def test_people_of_another_province_stay_as_they_are(village: Village) -> None:
    from sangloc import provinces
    from sangloc.warehouse import transaction

    with transaction() as conn:
        provinces.register(conn, "hai_phong")
    person = village.add(date(1966, 11, 22))
    village.db.execute("UPDATE roster.person SET province_code = '31'")
    groups.age_groups("lang_son")
    village.at(date(2026, 11, 22))
    assert groups.age_groups("lang_son") == 0 and village.groups(person) == set()


def test_changed_rules_reach_everyone_without_their_list(rewrite: Callable[..., Path], village: Village) -> None:
    sixty = village.add(date(1966, 1, 1), "3=poor;5=chronic")
    student = village.add(date(2004, 1, 1), "12=student")
    # As the migration left people whom the rules never saw: with the groups of their list, and with none.
    old = village.db.execute(
        "INSERT INTO roster.group_set (key) VALUES ('QD2062:1=age;QD2062:3=poor') RETURNING group_set_id"
    ).fetchone()[0]
    migrated = add_person(village.db, commune_code=HERE, birth_date=date(1950, 1, 1), group_set_id=old)
    nothing = add_person(village.db, commune_code=HERE, birth_date=date(2012, 1, 1))
    assert groups.age_groups("lang_son") == 2
    assert village.groups(migrated) == {"1=age", "3=label:poor"} and village.priority(nothing) == {"children=age"}
    assert groups.age_groups("lang_son") == 0

    path = rewrite(("{age_from: 60}", "{age_from: 65}"), (STUDENT, "any: [{label: student, sex: female}]"))
    assert groups.age_groups("lang_son") == 4
    assert village.groups(sixty) == {"3=label:poor", "5=label:chronic"} and village.groups(student) == set()
    assert village.groups(migrated) == {"1=age", "3=label:poor"}
    assert groups.age_groups("lang_son") == 0
    published = village.db.execute(
        "SELECT condition_vi FROM roster.target_group WHERE code_set = 'QD2062' AND group_code IN ('1', '12') ORDER BY 1"
    ).fetchall()
    assert published == [("danh sách ghi “Người cao tuổi”; hoặc từ đủ 65 tuổi",), ("danh sách ghi “Sinh viên” và nữ",)]
    assert path.exists()


def test_the_rules_can_be_read_in_the_warehouse(village: Village) -> None:
    groups.age_groups("lang_son")
    rows = village.db.execute(
        "SELECT code_set, group_code, name_vi, condition_vi, certainty, priority, valid_from, valid_to"
        " FROM roster.target_group WHERE province_code = '20'"
    ).fetchall()
    found = {(row[0], row[1]): row[2:] for row in rows}
    assert [sum(code_set == name for code_set, _ in found) for name in ("QD1551", "QD2062", "PRIORITY")] == [14, 16, 6]
    first, last, new = date(2026, 5, 31), date(2026, 7, 6), date(2026, 7, 7)
    informal = "danh sách ghi “Người lao động không chính thức”"
    assert found["QD2062", "14"] == ("Người lao động không chính thức", informal, "verified", 0, new, None)
    assert found["QD1551", "14"][0] == "Các đối tượng khác" and found["QD1551", "14"][3:] == (0, first, last)
    older = "danh sách ghi “Người cao tuổi”; hoặc từ đủ 60 tuổi"
    assert found["QD2062", "1"] == ("Người cao tuổi", older, "second_hand", 1, new, None)
    children = "thuộc mã 10, 11 của QD2062; hoặc dưới 16 tuổi"
    assert found["PRIORITY", "children"] == ("Trẻ em", children, "second_hand", 2, None, None)
    assert all(row[3] for row in rows) and warehouse_sources(village.db) == set()


def warehouse_sources(db: psycopg.Connection) -> set[str]:
    """Groups without a source."""
    return {row[0] for row in db.execute("SELECT group_code FROM roster.target_group WHERE source = ''")}
