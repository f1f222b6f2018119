"""Plain Splink as its tutorials use it, on everything: standard comparisons, usual blocking rules, trained on the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

MEMORY = "9GB"


def best_f1(exams: pl.DataFrame, persons: pl.DataFrame) -> tuple[float, float]:
    """F1 at the threshold that is best on this very sample, and the threshold (match probability).

    Args:
        exams: `encounter_id`, `truth` and the columns of `exam.encounter`.
        persons: the columns of `roster.person`.
    """
    import polars as pl

    scored = predict(exams, persons)
    best = scored.sort("weight", descending=True).unique("encounter_id", keep="first", maintain_order=True)
    best = best.join(exams.select("encounter_id", "truth"), on="encounter_id").with_columns(
        right=(pl.col("person_id") == pl.col("truth")).fill_null(False)
    )
    on_roster = exams.height - exams["truth"].null_count()
    curve = best.sort("weight", descending=True).with_columns(
        f1=2 * pl.col("right").cum_sum() / (pl.int_range(1, pl.len() + 1) + on_roster)
    )
    top = curve.sort("f1", descending=True).row(0, named=True)
    return float(top["f1"]), float(1 / (1 + 2 ** -top["weight"]))


def predict(exams: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    """Every pair that the blocking rules find, with its weight: `encounter_id`, `person_id`, `weight`."""
    import duckdb
    import polars as pl
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    connection = duckdb.connect(config={"memory_limit": MEMORY, "threads": 2})
    api = DuckDBAPI(connection)
    columns = ("name_fold", "birth_date", "sex", "citizen_id", "insurance_no", "phone", "commune_code")
    tables = [
        api.register(
            frame.select(pl.col(key).alias("unique_id"), *(pl.col(name).cast(pl.String) for name in columns)).to_arrow(),
            dataset_display_name=label,
        )
        for label, key, frame in (("exam", "encounter_id", exams), ("person", "person_id", persons))
    ]
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[
            cl.NameComparison("name_fold").configure(term_frequency_adjustments=True),
            cl.DateOfBirthComparison("birth_date", input_is_string=True),
            cl.LevenshteinAtThresholds("citizen_id", [1, 2]),
            cl.ExactMatch("insurance_no"),
            cl.ExactMatch("phone"),
            cl.ExactMatch("commune_code").configure(term_frequency_adjustments=True),
            cl.ExactMatch("sex"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("citizen_id"),
            block_on("name_fold", "birth_date"),
            block_on("phone", "name_fold"),
            block_on("insurance_no"),
            block_on("phone", "birth_date"),
        ],
        retain_matching_columns=False,
    )
    linker = Linker(tables, settings, log_level=None)
    training: Any = linker.training
    training.estimate_probability_two_random_records_match([block_on("citizen_id", "name_fold")], recall=0.9)
    training.estimate_u_using_random_sampling(max_pairs=1e7, seed=1)
    training.estimate_parameters_using_expectation_maximisation(block_on("citizen_id"), estimate_without_term_frequencies=True)
    training.estimate_parameters_using_expectation_maximisation(
        block_on("name_fold", "birth_date"), estimate_without_term_frequencies=True
    )
    found = linker.inference.predict(threshold_match_weight=-10, warning_mode="never")
    arrow = found.as_duckdbpyrelation().select("unique_id_l, unique_id_r, match_weight").to_arrow_table()
    connection.close()
    frame = pl.from_arrow(arrow)
    assert isinstance(frame, pl.DataFrame)
    return frame.select(
        pl.col("unique_id_l").alias("encounter_id"),
        pl.col("unique_id_r").alias("person_id"),
        pl.col("match_weight").alias("weight"),
    )
