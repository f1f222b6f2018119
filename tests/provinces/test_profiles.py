from __future__ import annotations

import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from datetime import date
from pathlib import Path

import psycopg
import pytest

from sangloc import provinces, settings
from sangloc.errors import ConfigurationError
from sangloc.provinces.reader import every_commune

COUNTS = {"hai_phong": ("31", 114), "lang_son": ("20", 65), "thai_nguyen": ("19", 92)}
OBLIGATIONS = {
    "hai_phong": {"quarterly_ubnd", "monthly_byt", "plan_2026", "school_guidance_2026", "incident"},
    "lang_son": {"annual_dang_uy", "monthly_byt", "incident"},
    "thai_nguyen": {"annual_progress", "monthly_byt"},
}


def test_the_three_provinces() -> None:
    assert provinces.slugs() == sorted(COUNTS)


@pytest.mark.parametrize("slug", sorted(COUNTS))
def test_profile(slug: str) -> None:
    profile = provinces.load(slug)
    assert profile.code == COUNTS[slug][0]
    assert {obligation.id for obligation in profile.obligations} == OBLIGATIONS[slug]
    assert [group.id for group in profile.priority_groups] == [
        "older_people", "children", "policy_beneficiaries", "poor_households", "vulnerable_people", "difficult_areas",
    ]  # fmt: skip
    assert provinces.load(slug) is profile


@pytest.mark.parametrize("slug", sorted(COUNTS))
def test_every_mailbox_is_a_placeholder(slug: str) -> None:
    text = (settings.include() / "provinces" / slug / "profile.yaml").read_text(encoding="utf-8")
    addresses = re.findall(r"\S+@[\w.]+", text)
    assert len(addresses) >= 6
    assert [address for address in addresses if not address.endswith(".example")] == []


@pytest.mark.parametrize("slug", sorted(COUNTS))
def test_contents_and_targets_name_figures_that_exist(slug: str) -> None:
    profile = provinces.load(slug)
    indicators = {path.stem for path in (settings.include() / "sql" / "indicators").glob("*.sql")}
    manual = {figure.id for obligation in profile.obligations for figure in obligation.manual_figures}
    assert {name for obligation in profile.obligations for name in obligation.contents} <= indicators
    assert {target.indicator for target in profile.targets if target.indicator} <= indicators | manual


def test_targets_of_order_004() -> None:
    targets = {target.id: target for target in provinces.load("thai_nguyen").targets}
    found = {
        name: (targets[name].comparison, targets[name].value, targets[name].by_year)
        for name in ("health_books", "insurance_cover_2026", "station_visits", "doctors_per_station", "immunisation")
    }
    assert found == {
        "health_books": ("=", 100, 2026),
        "insurance_cover_2026": (">", 95, 2026),
        "station_visits": (">", 20, 2030),
        "doctors_per_station": (">=", 4, 2027),
        "immunisation": (">", 95, 2030),
    }
    assert (targets["doctor_rotations"].comparison, targets["doctor_rotations"].value) == (">=", 30)


@pytest.mark.parametrize("slug", sorted(COUNTS))
def test_communes(slug: str) -> None:
    units = provinces.communes(slug, date(2026, 1, 1))
    assert len(units) == COUNTS[slug][1]
    codes = [unit.code for unit in units]
    assert codes == sorted(set(codes))
    assert all(unit.name == unicodedata.normalize("NFC", unit.name) for unit in units)
    assert provinces.communes(slug, date(2025, 6, 30)) == []


def test_communes_that_are_easily_mistaken() -> None:
    names = {unit.code: (unit.name, unit.kind) for slug in COUNTS for unit in provinces.communes(slug)}
    assert names["11914"] == ("Đặc khu Cát Hải", "đặc khu")
    assert names["11948"] == ("Đặc khu Bạch Long Vĩ", "đặc khu")
    assert names["10888"][0] == "Xã Cẩm Giang" and names["10903"][0] == "Xã Cẩm Giàng"
    assert names["02143"][0] == "Xã Văn Lang" and names["05665"][0] == "Xã Văn Lăng"
    assert names["06325"] == ("Xã Bắc Sơn", "xã")
    assert names["10543"] == ("Phường Việt Hòa", "phường")


@pytest.mark.parametrize("slug", sorted(COUNTS))
def test_the_populations_of_the_communes_make_that_of_the_province(slug: str) -> None:
    units = provinces.communes(slug)
    assert sum(unit.population or 0 for unit in units) == provinces.load(slug).population
    assert {unit.population_certainty for unit in units} <= {"stated", "repaired", "reassigned"}
    reassigned = {unit.name for unit in units if unit.population_certainty == "reassigned"}
    assert len(reassigned) == (5 if slug == "hai_phong" else 0)


def test_what_is_not_known_of_a_commune_is_not_assumed() -> None:
    flags = {unit.code: unit.flags for slug in COUNTS for unit in provinces.communes(slug) if unit.flags}
    assert flags == {"11914": {"special_zone"}, "11948": {"special_zone"}}


def test_commune_files_are_what_the_package_says() -> None:
    script = settings.root() / "scripts" / "communes.py"
    result = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout + result.stderr) == (0, "")


def test_joining_date_can_be_overridden(monkeypatch: pytest.MonkeyPatch) -> None:
    profile = provinces.load("lang_son")
    monkeypatch.delenv("SANGLOC_JOINED_ON", raising=False)
    assert profile.joined == profile.joined_on
    monkeypatch.setenv("SANGLOC_JOINED_ON", "2027-02-03")
    assert profile.joined == date(2027, 2, 3)
    monkeypatch.setenv("SANGLOC_JOINED_ON", "tomorrow")
    with pytest.raises(ConfigurationError, match="SANGLOC_JOINED_ON='tomorrow' is not a date"):
        _ = profile.joined


def test_reading_all_provinces_is_quick_enough_for_dag_parsing() -> None:
    program = (
        "import pydantic, yaml, time; start = time.process_time(); from sangloc import provinces\n"
        "[(provinces.load(slug), provinces.communes(slug)) for slug in provinces.slugs()]\n"
        "print(time.process_time() - start)"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert float(result.stdout) < 0.5


# What a wrong file is answered with ----------------------------------------------------------------------------------


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Copies Lạng Sơn, replaces text in its profile or commune file, and returns the message of the refusal."""
    source = settings.include() / "provinces" / "lang_son"
    folder = tmp_path / "include" / "provinces" / "lang_son"
    folder.mkdir(parents=True)
    for path in source.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    monkeypatch.setenv("SANGLOC_ROOT", str(tmp_path))

    def message(*replacements: tuple[str, str], file: str = "profile.yaml") -> str:
        path = folder / file
        text = path.read_text(encoding="utf-8")
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new, 1)
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigurationError) as caught:
            provinces.communes("lang_son")
        assert caught.value.__cause__ is None
        return str(caught.value)

    return message


def line_of(part: str) -> int:
    text = (settings.include() / "provinces" / "lang_son" / "profile.yaml").read_text(encoding="utf-8")
    return next(number for number, line in enumerate(text.splitlines(), start=1) if part in line)


def test_all_problems_come_at_once_with_line_key_and_expectation(broken: Callable[..., str]) -> None:
    found = broken(
        ("population: 881384", "population: nhiều"),
        ("  symbol: SYT\n", ""),
        ("    cadence: annual\n", "    cadence: yearly\n"),
        ("residence: {permanent: true,", "residence: {permanent: true, permanant: true,"),
        ('starts: "07:30"', "starts: 7:30"),
        ("officer: canbo@syt.langson.example", "officer: canbo.syt.langson.example"),
    )
    assert found.splitlines()[0] == "include/provinces/lang_son/profile.yaml has 6 problems:"
    assert "population: expected a valid integer, unable to parse string as an integer, found 'nhiều'" in found
    assert "health_department.symbol: expected this key, it is missing" in found
    assert "obligations[0].cadence: expected 'monthly', 'quarterly', 'annual'" in found
    assert "residence.permanant: unknown key" in found
    assert 'capacity.working_hours[0].starts: expected a quoted time such as "07:30"' in found
    assert "contacts.officer: expected" in found
    for line in found.splitlines()[1:]:
        assert re.match(r"  line \d+: ", line)


def test_the_line_is_the_one_of_the_key(broken: Callable[..., str]) -> None:
    line = line_of("due: {kind: day_of_month, day: 5")
    found = broken(("day: 5, month_offset: 1", "day: 55, month_offset: 1"))
    assert f"line {line}: obligations[0].due.day: expected less than or equal to 31, found '55'" in found


def test_the_line_of_a_reminder_is_the_one_it_stands_in(broken: Callable[..., str]) -> None:
    line = line_of("{working_days_before: 2, to: [officer, deputy]}")
    found = broken(("{working_days_before: 2,", "{working_days_before: hai,"))
    assert f"line {line}: obligations[0].watch.reminders[3].working_days_before: expected a valid integer" in found


@pytest.mark.parametrize("slug", sorted(COUNTS))
def test_every_obligation_has_its_ladder_and_says_how_certain_it_is(slug: str) -> None:
    profile = provinces.load(slug)
    for obligation in profile.obligations:
        # No order says when to remind: these are ours, and the profile says so.
        assert obligation.watch.certainty == "assumed"
        assert "superior" in obligation.watch.escalation[-1].to
        assert all("engineer" in step.to for step in obligation.watch.escalation)
        if obligation.cadence in ("monthly", "quarterly"):
            assert [step.working_days_before for step in obligation.watch.reminders] == [10, 5, 2, 1]
    assert len({*profile.contacts.model_dump().values()}) == 5


def test_a_key_given_twice(broken: Callable[..., str]) -> None:
    found = broken(("commune_count: 65\n", "commune_count: 65\npopulation: 5\n"))
    assert re.search(r"line \d+: population: expected once, first given in line \d+", found)


SHIFTED = "cutoff: {kind: shifted, from_day: 15, to_day: 14, month: 11}"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (SHIFTED, "cutoff: {kind: calendar, from_day: 15}", "obligations[0].cutoff.from_day: unknown key"),
        (SHIFTED, "cutoff: {kind: shifted, from_day: 15, to_day: 10, month: 11}", "expected to_day 14"),
        (SHIFTED, "cutoff: {kind: shifted, from_day: 15, to_day: 14}", "cutoff.month: expected the month"),
        (SHIFTED, "cutoff: {from_day: 15}", "obligations[0].cutoff.kind: expected this key, it is missing"),
        (
            "due: {kind: hours, hours: 24}",
            "due: {kind: date, date: 2026-12-01, reading: strict}",
            "due.kind: expected 'hours' for cadence 'ad_hoc'",
        ),
        ("day: 5, month_offset: 1", "day: 5, month_offset: 0", "due: expected a day after the period's end"),
        (
            "orders: [ct_17, hd_40, dang_uy_lang_son]",
            "orders: [ct_71]",
            "obligations[0].orders: expected an id from orders, 'ct_71' is none",
        ),
        ("  - id: monthly_byt", "  - id: annual_dang_uy", "obligations: expected each id once"),
        ("since: 2026-06-01", "since: 2026-06-31", "looks like a date or number but is none"),
        ("slug: lang_son", "slug: hai_phong", "slug: expected 'lang_son', the folder's name"),
        ('code: "20"', "code: 20", "code: expected a valid string, found '20'"),
        ("name: Tỉnh Lạng Sơn", "name: [Tỉnh Lạng Sơn", "not valid YAML"),
        (
            "{working_days_before: 10, to: [officer]}",
            "{working_days_before: 1, to: [officer]}",
            "obligations[0].watch: reminders: expected working_days_before in the order of time, each once",
        ),
        (
            "{working_days_after: 2, to:",
            "{hours_after: 2, to:",
            "obligations[0].watch: escalation: expected working_days_after, and no hours_after, in every step",
        ),
        ("cadence: ad_hoc", "cadence: one_off", "watch: expected steps in working days for cadence 'one_off'"),
        ("to: [officer]}", "to: [boss]}", "obligations[0].watch.reminders[0].to[0]: expected 'officer', 'deputy'"),
        (
            "figures: [conferences, party_cell_meetings",
            "figures: [meetings, party_cell_meetings",
            "inputs[0].figures: expected an id from manual_figures, 'meetings' is none",
        ),
        ("owed_by: communes", "owed_by: departments", "inputs[0]: units: expected the bodies when owed_by is 'departments'"),
        ("{id: so_gddt,", "{id: cong_an,", "inputs[1]: units: expected each id once, 'cong_an' repeats"),
        ("unit: hội nghị, most: 1000", "unit: hội nghị", "inputs[0].figures: expected manual_figures to give unit and most"),
        ("kind: number, unit: hội nghị", "kind: text, unit: hội nghị", "manual_figures[0]: expected no unit for a text"),
        ("unit: hội nghị, most: 1000", "unit: hội nghị, most: 1000, longest: 5", "manual_figures[0]: expected no longest"),
        ("unit: hội nghị, most: 1000", "unit: hội nghị, most: -1", "manual_figures[0]: expected most at least as large"),
        (
            "figures: [conferences, party_cell_meetings",
            "figures: [conferences, conferences, party_cell_meetings",
            "inputs: expected each figure to be asked of a unit once, 'conferences of communes' repeats",
        ),
        ("  superior: lanhdao@syt.langson.example\n", "", "contacts.superior: expected this key, it is missing"),
    ],
)
def test_wrong_profiles(old: str, new: str, message: str, broken: Callable[..., str]) -> None:
    found = broken((old, new))
    assert message in found
    assert "line " in found or "looks like" in found


def test_an_address_is_never_repeated_in_a_message(broken: Callable[..., str]) -> None:
    assert "canbo" not in broken(("officer: canbo@syt.langson.example", "officer: canbo@@syt"))


@pytest.mark.parametrize("file", ["profile.yaml", "communes.csv"])
def test_a_missing_file(file: str, broken: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "include" / "provinces" / "lang_son" / file).unlink()
    with pytest.raises(ConfigurationError, match=f"include/provinces/lang_son/{file} is missing"):
        provinces.communes("lang_son")


def test_a_file_in_another_encoding(broken: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "include" / "provinces" / "lang_son" / "communes.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16"))
    with pytest.raises(ConfigurationError, match="is not UTF-8"):
        provinces.communes("lang_son")


def test_wrong_communes_are_listed_together(broken: Callable[..., str]) -> None:
    found = broken(
        ("05977,Phường Đông Kinh,phường", "5977,Phường Đông Kinh,phường"),
        ("05983,Phường Lương Văn Tri,phường,21.8236", "05983,Phường Lương Văn Tri,xã,21.8236"),
        ("21.8068", "21,8068"),
        file="communes.csv",
    )
    assert "row 2: expected 13 columns, found 14" in found
    assert "row 3: row: expected a name that begins with its kind, 'xã'" in found


def test_wrong_populations_and_areas_are_refused(broken: Callable[..., str]) -> None:
    found = broken(
        ("2025-07-01,,50436,stated,,,,", "2025-07-01,,0,stated,IV,maybe,,"),
        ("2025-07-01,,23136,stated", "2025-07-01,,23136,"),
        file="communes.csv",
    )
    assert "row 2: population: expected" in found and "row 2: area: expected 'I', 'II' or 'III'" in found
    assert "row 2: ethnic_area: " in found
    assert "row 3: row: expected population and population_certainty both given or both empty" in found


def test_a_truncated_commune_file(broken: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "include" / "provinces" / "lang_son" / "communes.csv"
    path.write_text("".join(path.read_text(encoding="utf-8").splitlines(keepends=True)[:-1]), encoding="utf-8")
    assert "expected 65 communes without valid_to (commune_count of the profile), found 64" in broken()


def test_an_edited_file_is_read_again(broken: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "include" / "provinces" / "lang_son" / "profile.yaml"
    assert provinces.load("lang_son").population == 881384
    path.write_text(path.read_text(encoding="utf-8").replace("881384", "8813840"), encoding="utf-8")
    assert provinces.load("lang_son").population == 8813840


def test_no_province_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANGLOC_ROOT", str(tmp_path))
    with pytest.raises(ConfigurationError, match="expected a folder per province"):
        provinces.slugs()


def test_an_unknown_obligation_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match="'weekly', there are only annual_dang_uy, monthly_byt, incident"):
        provinces.load("lang_son").obligation("weekly")


# In the warehouse ----------------------------------------------------------------------------------------------------


def rows(connection: psycopg.Connection, table: str) -> list[tuple[object, ...]]:
    return connection.execute(f"SELECT t.*, t.xmin::text FROM {table} t ORDER BY 1, 2").fetchall()  # noqa: S608


def test_register_writes_once_and_changes_nothing_the_second_time(
    warehouse: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sangloc.warehouse import transaction

    monkeypatch.setenv("SANGLOC_JOINED_ON", "2026-11-02")
    tables = ("ref.province", "ref.commune", "reporting.obligation")
    for slug in provinces.slugs():
        with transaction() as connection:
            assert provinces.register(connection, slug) == {
                "communes": COUNTS[slug][1],
                "obligations": len(OBLIGATIONS[slug]),
            }
    first = [rows(warehouse, table) for table in tables]
    assert [len(table) for table in first] == [3, 271, 10]
    joined = warehouse.execute("SELECT DISTINCT joined_on FROM ref.province").fetchall()
    assert joined == [(date(2026, 11, 2),)]
    for slug in provinces.slugs():
        with transaction() as connection:
            provinces.register(connection, slug)
    assert [rows(warehouse, table) for table in tables] == first


def test_an_obligation_taken_out_of_the_profile_becomes_inactive(
    broken: Callable[..., str], warehouse: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sangloc.warehouse import transaction

    real = Path(provinces.__file__).parents[3]
    (tmp_path / "include" / "sql").symlink_to(real / "include" / "sql")
    path = tmp_path / "include" / "provinces" / "lang_son" / "profile.yaml"
    original = path.read_text(encoding="utf-8")

    def registered(text: str) -> dict[str, bool]:
        path.write_text(text, encoding="utf-8")
        with transaction() as connection:
            provinces.register(connection, "lang_son")
        return dict(warehouse.execute("SELECT obligation, active FROM reporting.obligation").fetchall())

    assert registered(original) == {"annual_dang_uy": True, "monthly_byt": True, "incident": True}
    without = original.replace("- id: monthly_byt", "- id: monthly_ministry")
    assert registered(without) == {
        "annual_dang_uy": True, "monthly_byt": False, "monthly_ministry": True, "incident": True,
    }  # fmt: skip
    assert registered(original)["monthly_byt"] is True
    assert len(every_commune("lang_son")) == 65
