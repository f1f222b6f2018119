"""Reading suites: every published table has one, and a wrong one is refused with what was expected."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from sangloc import settings
from sangloc.errors import ConfigurationError
from sangloc.quality import load_suite, suites, suites_for

PUBLISHED = {
    "roster": {"ref_commune", "roster_person", "roster_person_group"},
    "exams": {"exam_encounter", "exam_finding"},
    "health_books": {"health_book_book", "health_book_entry", "health_book_review"},
    "plan": {"planning_plan", "planning_session", "planning_invitation"},
}


def test_every_published_table_has_a_suite() -> None:
    for asset, names in PUBLISHED.items():
        assert set(suites_for(asset)) == names  # type: ignore[arg-type]
    assert set(suites()) == set.union(*PUBLISHED.values())


def test_every_suite_has_its_rows_and_a_critical_rule() -> None:
    for name in suites():
        suite = load_suite(name)
        assert any(rule.severity == "critical" for rule in suite.rules), name
        query = (settings.include() / "sql" / "quality" / "rows" / f"{name}.sql").read_text(encoding="utf-8")
        assert "AS row_key" in query and ":province_code" in query
        assert set(re.findall(r"(?<!:):([a-z_]+)", query)) <= {"province_code", "today"}, name


def test_rules_are_described_in_vietnamese() -> None:
    texts = " ".join(rule.name_vi for name in suites() for rule in load_suite(name).rules)
    assert len(re.findall(r"[ăâđêôơưàáảãạếềộớ]", texts)) > 100


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("severity: critical", "severity: fatal", "severity"),
        ("expect_column_values_to_be_unique", "expect_column_values_to_be_nice", "expected one of"),
        ("{column: person_id}", "{colum: person_id}", "expected column"),
        ("table: roster.person", "table: roster.people", "named after"),
        ("id: person_unique", "id: name_given", "repeats"),
        ("rules:", "rules: [", "not valid YAML"),
        ("asset: roster", "asset: roster\nmail: x", "mail"),
    ],
)
def test_wrong_suite_is_refused(old: str, new: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(settings.include() / "expectations", tmp_path / "include" / "expectations")
    path = tmp_path / "include" / "expectations" / "roster_person.yaml"
    content = path.read_text(encoding="utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), encoding="utf-8")
    monkeypatch.setenv("SANGLOC_ROOT", str(tmp_path))
    with pytest.raises(ConfigurationError, match=r"include/expectations/roster_person\.yaml") as refused:
        load_suite("roster_person")
    assert expected in str(refused.value)


def test_missing_suite_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="nowhere"):
        load_suite("nowhere")
