"""Training of the linkage model, apart from any run: `python -m sangloc.linkage.train`.

People and records are made up (`sangloc.linkage.practice`), so that who belongs to whom is known: what agrees between a
record and its own person is counted on these pairs, what agrees by chance on pairs drawn at random. Both by Splink.
"""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sangloc.linkage.compare import comparisons, name_words, settings, sides
from sangloc.linkage.model import folder
from sangloc.linkage.practice import Practice, Slips, make
from sangloc.linkage.score import database, quiet, table

if TYPE_CHECKING:
    import polars as pl

NAME = "vn-1"
# Province, people, records and seed of each sample it is trained on. The benchmark's seeds are others.
SAMPLES = (("hai_phong", 400_000, 120_000, 11), ("lang_son", 120_000, 60_000, 12), ("thai_nguyen", 160_000, 60_000, 13))
AS_OF = date(2026, 11, 21)
SLIPS = Slips()
# One person among the five million of the largest province.
PRIOR = 2e-7
# Least probabilities of a disagreement between a record and its own person, where made-up records show too few.
LEAST = {
    ("village", "not in the address"): 0.05,
    ("insurance", "another number"): 0.02,
    ("guardian", "of another household"): 0.03,
    ("sex", "the other one"): 0.002,
}
PAIRS = 20_000_000
SEED = 5


def households(practice: Practice) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Records and people of a sample with the columns that `sides` wants, as a run finds them in the warehouse."""
    import polars as pl

    home = pl.concat_str(pl.col("commune_code"), pl.lit(":"), pl.col("household_no"))
    day = pl.col("birth_date").cast(pl.Date).dt.to_string("%Y-%m-%d")
    former = practice.former.group_by("person_id").agg(former_numbers=pl.col("value").str.join(" "))
    persons = practice.persons.with_columns(household=home, birth_date=day).join(former, on="person_id", how="left")
    owners = persons.select("citizen_id", "household").drop_nulls().unique("citizen_id", keep="first")
    exams = practice.exams.with_columns(birth_date=day)
    for number, found in (("citizen_id", "number_household"), ("guardian_citizen_id", "guardian_household")):
        exams = exams.join(owners.rename({"citizen_id": number, "household": found}), on=number, how="left")
    return exams, persons


def train(name: str = NAME) -> dict[str, Any]:
    """A model trained on `SAMPLES`: what `model.json` holds."""
    import polars as pl

    exams, persons = [], []
    first = 0
    for slug, people, records, seed in SAMPLES:
        practice = make(slug, people, records, seed, AS_OF, SLIPS)
        left, right = households(practice)
        exams.append(left.with_columns(pl.col("encounter_id") + first, pl.col("truth") + first))
        persons.append(right.with_columns(pl.col("person_id") + first))
        first += people * 2
    every, everybody = pl.concat(exams), pl.concat(persons)
    words = name_words(everybody)
    left, right = sides(every, everybody, words)
    truth = every.filter(pl.col("truth").is_not_null()).select(
        source_dataset_l=pl.lit("exam"),
        unique_id_l=pl.col("encounter_id"),
        source_dataset_r=pl.lit("person"),
        unique_id_r=pl.col("truth"),
    )
    with quiet():
        trained = _trained(left.drop("tf_name_fold"), right.drop("tf_name_fold"), truth)
    samples = [
        {"province": slug, "people": people, "records": records, "seed": seed} for slug, people, records, seed in SAMPLES
    ]
    return {
        "name": name,
        "trained_on": {"samples": samples, "as_of": AS_OF.isoformat(), "slips": vars(SLIPS), "pairs": PAIRS, "seed": SEED},
        "settings": settings(trained, PRIOR),
        "words": words,
    }


def _trained(left: pl.DataFrame, right: pl.DataFrame, truth: pl.DataFrame) -> list[dict[str, Any]]:
    from splink import Linker

    api = database("duckdb")
    tables = [table(api, "exam", left), table(api, "person", right)]
    # At one thread the draw is the same each time.
    api._con.execute("SET threads = 1")
    linker = Linker(tables, settings(comparisons(), PRIOR), log_level=None, validate_settings=False)
    training: Any = linker.training
    training.estimate_u_using_random_sampling(max_pairs=PAIRS, seed=SEED, min_count_per_level=None)
    training.estimate_m_from_pairwise_labels(table(api, "truth", truth))
    made = linker.misc.save_model_to_json()["comparisons"]
    api._con.close()
    return [_rounded(each) for each in made]


def _rounded(comparison: dict[str, Any]) -> dict[str, Any]:
    """A comparison with every level trained; what never occurred is taken to be rare, not impossible."""
    levels = []
    for level in comparison["comparison_levels"]:
        made = {**level}
        if not level.get("is_null_level"):
            # The made-up records are tidier than real ones in what nobody checks: an address, a card number.
            tidy = LEAST.get((comparison["output_column_name"], level["label_for_charts"]), 1e-4)
            for name, least in (("m_probability", tidy), ("u_probability", 1e-7)):
                made[name] = float(f"{max(level.get(name) or least, least):.6g}")
        levels.append(made)
    return {"output_column_name": comparison["output_column_name"], "comparison_levels": levels}


def main() -> None:
    """Train and write the model."""
    parser = argparse.ArgumentParser(description="Train the linkage model on made-up people and write it.")
    parser.add_argument("--name", default=NAME, help=f"the model's name (default {NAME})")
    parser.add_argument("--out", type=Path, default=folder() / "model.json", help="the file to write")
    options = parser.parse_args()
    content = json.dumps(train(options.name), ensure_ascii=False, indent=1, sort_keys=True)
    options.out.write_text(content + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
