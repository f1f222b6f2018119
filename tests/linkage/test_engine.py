"""The stored model, the scoring engine and what neither may let out."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from linkage.conftest import NUMBER, PHONE, World
from sangloc import settings
from sangloc.errors import ConfigurationError, WarehouseError
from sangloc.linkage import model
from sangloc.linkage.compare import comparisons, name_words, spark_sql
from sangloc.linkage.practice import Slips, make
from sangloc.linkage.score import database, quiet


def test_the_version_on_each_link_is_the_files_hash() -> None:
    content = (settings.include() / "linkage" / "model.json").read_bytes()
    assert model.load().version == f"{json.loads(content)['name']}:{hashlib.sha256(content).hexdigest()}"


def test_the_stored_model_is_of_todays_comparisons_and_wholly_trained() -> None:
    stored = model.load().settings["comparisons"]
    shape = [[one["sql_condition"] for one in each["comparison_levels"]] for each in comparisons()]
    assert [[one["sql_condition"] for one in each["comparison_levels"]] for each in stored] == shape
    for each in stored:
        for level in each["comparison_levels"]:
            assert level.get("is_null_level") or 0 < level["m_probability"] <= 1 >= level["u_probability"] > 0
        weights = [one["m_probability"] / one["u_probability"] for one in each["comparison_levels"] if "m_probability" in one]
        assert weights[0] > 1 > weights[-1]


@pytest.mark.parametrize("damage", ["model.json", "thresholds.yaml", "text"])
def test_a_damaged_model_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    shutil.copytree(settings.include() / "linkage", tmp_path / "include" / "linkage")
    if damage == "text":
        (tmp_path / "include" / "linkage" / "model.json").write_text("{", encoding="utf-8")
    else:
        (tmp_path / "include" / "linkage" / damage).unlink()
    monkeypatch.setenv("SANGLOC_ROOT", str(tmp_path))
    with pytest.raises(ConfigurationError, match="linkage model"):
        model.load()


def test_the_same_settings_make_spark_sql() -> None:
    import sqlglot

    statements = spark_sql(model.load().settings)
    for statement in statements:
        sqlglot.parse_one(statement, read="spark")
    compared, weights = statements[0].lower(), " ".join(statements[1:]).lower()
    for comparison in model.load().settings["comparisons"]:
        assert f"gamma_{comparison['output_column_name']}" in compared
        assert f"mw_{comparison['output_column_name']}" in weights
    assert "levenshtein(" in compared
    assert "match_probability" in weights


def test_only_known_backends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANGLOC_LINKAGE_BACKEND", "sheet")
    with pytest.raises(ConfigurationError, match="duckdb or spark"):
        database()
    with pytest.raises(ConfigurationError, match="pyspark"):
        database("spark")


def test_errors_of_the_engine_say_nothing_of_people() -> None:
    with pytest.raises(WarehouseError) as failure, quiet():
        api = database("duckdb")
        api._con.execute("SELECT CAST('Hoàng Văn Thí' AS integer)")
    assert "Thí" not in str(failure.value)
    assert failure.value.__cause__ is None
    assert failure.value.__suppress_context__


def test_nothing_of_people_is_logged_or_printed(
    world: World, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    world.person()
    world.exam("HOANG VAN THI", None)
    world.exam("Hoàng Văn Bí")
    world.run()
    out, err = capfd.readouterr()
    said = f"{caplog.text}{out}{err}".casefold()
    for planted in ("hoàng", "hoang", "thí", NUMBER, PHONE, "1988", "nà pát", "na pat"):
        assert planted not in said


def test_the_model_holds_words_not_people() -> None:
    words = model.load().words
    assert all(" " not in word for part in ("family", "given") for word in words[part])
    assert all(sum(shares.values()) <= 1.01 for shares in words.values())


def test_practice_is_the_same_for_the_same_seed() -> None:
    one = make("lang_son", 1300, 120, 3, date(2026, 11, 21), Slips(), unlisted=0.2, hard=20)
    same = make("lang_son", 1300, 120, 3, date(2026, 11, 21), Slips(), unlisted=0.2, hard=20)
    other = make("lang_son", 1300, 120, 4, date(2026, 11, 21), Slips(), unlisted=0.2, hard=20)
    assert one.exams.equals(same.exams)
    assert one.persons.equals(same.persons)
    assert not one.exams.equals(other.exams)
    truth = one.exams["truth"].drop_nulls()
    assert truth.is_in(one.persons["person_id"].implode()).all()
    assert one.exams["truth"].null_count() > 0


def test_more_slips_make_more_mistakes() -> None:
    few = make("lang_son", 400, 200, 3, date(2026, 11, 21), Slips()).exams
    many = make("lang_son", 400, 200, 3, date(2026, 11, 21), Slips().times(5)).exams
    wrong = pl.col("mistakes").str.contains("number_|name_|birth_").sum()
    assert many.select(wrong).item() > 2 * few.select(wrong).item()


def test_words_are_counted_by_place_in_the_name() -> None:
    words = name_words(pl.DataFrame({"name_fold": ["vi thi hoa", "vi van nam", "ly thi hoa", "ly hoa"]}))
    assert words["family"] == {"vi": 0.5, "ly": 0.5}
    assert words["given"] == {"hoa": 0.75}
    assert words["middle"] == {"thi": 0.5}
