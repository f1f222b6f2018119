"""From weighed pairs to what is believed: links, cases for a person with their candidates, or nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sangloc.linkage.model import Model

if TYPE_CHECKING:
    import polars as pl

# So many candidates a person is shown.
SHOWN = 5


def as_one(scores: pl.DataFrame, merged: pl.DataFrame) -> pl.DataFrame:
    """Two ids of the roster that are one person become one candidate, with what agrees best.

    `listed_person_id` is the id that was compared, where another stands for it.

    Args:
        scores: see `sangloc.linkage.score.score`.
        merged: `person_id` and the `kept_person_id` that stands for it.
    """
    import polars as pl

    return (
        scores.join(merged, on="person_id", how="left")
        .with_columns(
            person_id=pl.coalesce("kept_person_id", "person_id"),
            listed_person_id=pl.when(pl.col("kept_person_id").is_not_null()).then(pl.col("person_id")),
        )
        .drop("kept_person_id")
        .sort("weight", descending=True)
        .unique(["encounter_id", "person_id"], keep="first", maintain_order=True)
    )


def choose(scores: pl.DataFrame, exams: pl.DataFrame, model: Model) -> pl.DataFrame:
    """The candidates worth showing of each record, and whether the first is believed.

    A link is believed when the weight of the best candidate reaches the threshold, nobody else comes near, name and birth
    date both agree at one of the levels that `thresholds.yaml` names, and not both of them weakly unless the number agrees;
    with the same number and the very birth date less of the name is enough, and for a child without a name the guardian's
    number, the very birth date and no other sex are. A record without a name says whose child was examined: with the number
    and birth date of somebody who is no small child these are the mother's. A child of the same guardian and birth date
    with another number and another name, be it by a tone, may be a twin on no list. Nor may the record contradict itself:
    somebody else who is plausible has its number and birth date, or its name and very birth date, and the best candidate
    has not. A record whose best candidate is not plausible gets none.

    Args:
        scores: see `as_one`.
        exams: `encounter_id`, `name_key`, `name_fold`, `citizen_id`, `guardian_citizen_id` of the records; `small` (`t` when
            under six), `waits` (`t` when no link is made without a person), `unlinked` (`t` when a person took a link back).
        model: the model the scores are from.

    Returns:
        `encounter_id`, `person_id`, `listed_person_id`, `place` (1 the likeliest), `weight`, `probability`, `accepted` (of
        the first place) and `reason_code` (why a person has to decide), for up to `SHOWN` candidates a record.
    """
    import polars as pl

    limits = model.thresholds
    name, birth, number = pl.col("gamma_name"), pl.col("gamma_birth"), pl.col("gamma_number")
    names, births, weak_names, weak_births, names_with_number = (
        [model.level(comparison, label) for label in sorted(labels)]
        for comparison, labels in (
            ("name", limits.names), ("birth", limits.births), ("name", limits.weak_names), ("birth", limits.weak_births),
            ("name", limits.names_with_number),
        )
    )  # fmt: skip
    same_number = model.level("number", "the same, now or before")
    other_number = (number == same_number) & birth.is_in(births)
    same_day = birth == model.level("birth", "the same day")
    other_name = same_day & name.is_in([model.level("name", label) for label in sorted(limits.names - limits.weak_names)])
    plausible = pl.col("weight") >= limits.plausible
    ranked = (
        scores.sort("encounter_id", "weight", "person_id", descending=[False, True, False])
        .with_columns(
            place=pl.int_range(1, pl.len() + 1).over("encounter_id"),
            second=pl.col("weight").shift(-1).over("encounter_id"),
            best=pl.col("weight").first().over("encounter_id"),
            contradicts=((plausible & other_number).any().over("encounter_id") & ~other_number)
            | ((plausible & other_name).any().over("encounter_id") & ~other_name),
        )
        .filter((pl.col("best") >= limits.plausible) & (pl.col("place") <= SHOWN))
        .filter(
            (pl.col("place") == 1) | (pl.col("weight") >= pl.min_horizontal(limits.plausible, pl.col("best") - limits.margin))
        )
    )
    ahead = pl.col("second").is_null() | (pl.col("best") - pl.col("second") >= limits.margin)
    clear = ahead & ~pl.col("contradicts")
    # A boy and a girl born on one day are twins, of whom one may be on no list yet.
    other_sex = pl.col("gamma_sex") == model.level("sex", "the other one")
    unnamed_child = (name == -1) & (pl.col("gamma_guardian") == model.level("guardian", "the same")) & ~other_sex
    agrees = (name.is_in(names) & birth.is_in(births)) | (
        same_day & (((number == same_number) & name.is_in(names_with_number)) | unnamed_child)
    )
    # Of twins the numbers are often neighbours and the names alike; one of them may be on no list.
    marked = (name == model.level("name", "without diacritics")) & ~pl.col("bare")
    twin = (
        same_day
        & (pl.col("gamma_guardian") == model.level("guardian", "the same"))
        & (number >= 0)
        & (number != same_number)
        & (name.is_in(weak_names) | marked)
    )
    weak = name.is_in(weak_names) & birth.is_in(weak_births) & (number != same_number)
    reason = (
        pl.when(pl.col("unlinked") == "t")
        .then(pl.lit("unlinked"))
        .when(~clear)
        .then(pl.lit("several_candidates"))
        .when(number == same_number)
        .then(
            pl.when(agrees)
            .then(pl.when(birth.is_in(weak_births)).then(pl.lit("birth_date_imprecise")).otherwise(pl.lit("name_differs")))
            .when(birth.is_in(births))
            .then(pl.lit("name_differs"))
            .when(name.is_in(names))
            .then(pl.lit("birth_date_differs"))
            .otherwise(pl.lit("name_and_birth_date_differ"))
        )
        .when(pl.col("citizen_id").is_not_null())
        .then(pl.lit("number_unknown"))
        .when(pl.col("guardian_citizen_id").is_not_null())
        .then(pl.lit("guardian_number"))
        .otherwise(pl.lit("no_number"))
    )
    return (
        ranked.join(
            exams.select(
                "encounter_id",
                "citizen_id",
                "guardian_citizen_id",
                "small",
                "waits",
                "unlinked",
                bare=pl.col("name_key") == pl.col("name_fold"),
            ),
            on="encounter_id",
            how="left",
        )
        .with_columns(
            accepted=(pl.col("place") == 1)
            & (pl.col("weight") >= limits.accept)
            & (pl.col("waits") == "f")
            & clear
            & agrees
            & ~weak
            & ~twin
            & ~((name == -1) & (pl.col("small") == "f")),
            reason=reason,
        )
        .with_columns(reason_code=pl.col("reason").first().over("encounter_id", order_by="place"))
        .select("encounter_id", "person_id", "listed_person_id", "place", "weight", "probability", "accepted", "reason_code")
    )
