"""How a record and a person are compared: the columns both sides are brought to, and the levels of agreement.

The levels are plain SQL that DuckDB and Spark understand alike. The order within a comparison is from the strongest
agreement to none; the first condition that holds counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

# What both sides are brought to. `tf_name_fold` is how frequent the name is, `is_given` 1 where the last word is a given name
# that the model knows.
COLUMNS = (
    "unique_id",
    "name_key",
    "name_fold",
    "name_sorted",
    "family",
    "given",
    "is_given",
    "tf_name_fold",
    "birth",
    "birth_swapped",
    "birth_precision",
    "sex",
    "citizen_id",
    "old_number",
    "former_numbers",
    "number_household",
    "household",
    "insurance",
    "phone",
    "commune",
    "address",
    "village",
    "guardian",
    "guardian_household",
)

# Names that say whose child somebody is, not who: a newborn before the birth is registered.
UNNAMED = r"^(con (ba|me|be|cua|ong)|be (trai|gai|con)|tre so sinh|so sinh)( |$)"

# How frequent a word is taken to be that the model does not know.
_RARE = 1e-5

_PRECISE = "birth_precision_l = 'day' AND birth_precision_r = 'day'"


def _level(condition: str, label: str, **settings: Any) -> dict[str, Any]:
    return {"sql_condition": condition, "label_for_charts": label, **settings}


def _null(condition: str) -> dict[str, Any]:
    return {"sql_condition": condition, "label_for_charts": "no statement", "is_null_level": True}


def _fixed(u: float, m: float | None = None) -> dict[str, Any]:
    """A probability that is known better than a sample shows it; not trained."""
    known: dict[str, Any] = {"u_probability": u, "fix_u_probability": True}
    return known if m is None else {**known, "m_probability": m, "fix_m_probability": True}


def _frequent(least: float) -> dict[str, Any]:
    """Agreement on a rare name says more than on a frequent one."""
    return {
        "tf_adjustment_column": "name_fold",
        "tf_adjustment_weight": 1.0,
        "tf_minimum_u_value": least,
        "disable_tf_exact_match_detection": True,
    }


def comparisons() -> list[dict[str, Any]]:
    """The comparisons, untrained, as Splink reads them.

    The `u` of numbers is computed, not sampled: two people of one birth year, sex and province of registration share the
    first six digits, so that only the six random ones tell them apart (NĐ 137/2015/NĐ-CP, Điều 13); one digit differs in
    54 of a million, at most two edits in some 1,300. Phone, guardian and household are shared within a family, and who is
    compared is often a family: their `u` is set to what is seen among such pairs, not among strangers.
    """
    levels: dict[str, list[dict[str, Any]]] = {
        "name": [
            _null("name_fold_l IS NULL OR name_fold_r IS NULL"),
            _level("name_key_l = name_key_r", "the same", **_frequent(2e-7)),
            _level("name_fold_l = name_fold_r", "without diacritics", **_frequent(2e-7)),
            _level("name_sorted_l = name_sorted_r", "other order", **_frequent(2e-7)),
            # Hoa and Hà differ in one letter and are two people, twins for example.
            _level(
                "levenshtein(name_fold_l, name_fold_r) = 1 AND NOT (given_l <> given_r AND is_given_l = 1 AND is_given_r = 1)",
                "one letter",
            ),
            _level("family_l = family_r AND given_l = given_r", "other middle name"),
            _level("given_l = given_r", "other family name"),
            _level("levenshtein(name_fold_l, name_fold_r) <= 3", "similar"),
            _level("family_l = family_r", "other given name"),
            _level("ELSE", "another name"),
        ],
        "birth": [
            _null("birth_l IS NULL OR birth_r IS NULL"),
            _level(f"birth_l = birth_r AND {_PRECISE}", "the same day"),
            _level(f"birth_swapped_l = birth_r AND {_PRECISE}", "day and month swapped"),
            _level(
                "(birth_precision_l = 'year' OR birth_precision_r = 'year') AND substr(birth_l, 1, 4) = substr(birth_r, 1, 4)",
                "the year, which is all that is known",
            ),
            _level(
                "(birth_precision_l = 'month' OR birth_precision_r = 'month') "
                "AND substr(birth_l, 1, 7) = substr(birth_r, 1, 7)",
                "the month, which is all that is known",
            ),
            _level(f"{_PRECISE} AND levenshtein(birth_l, birth_r) = 1", "one digit"),
            _level(
                f"{_PRECISE} AND (substr(birth_l, 1, 7) = substr(birth_r, 1, 7) "
                "OR (substr(birth_l, 1, 4) = substr(birth_r, 1, 4) AND substr(birth_l, 9) = substr(birth_r, 9)))",
                "the year, and day or month",
            ),
            _level("substr(birth_l, 1, 4) = substr(birth_r, 1, 4)", "the year only"),
            _level("ELSE", "another day"),
        ],
        "number": [
            _null(
                "citizen_id_r IS NULL "
                "OR (citizen_id_l IS NULL AND NOT coalesce(contains(former_numbers_r, old_number_l), FALSE))"
            ),
            _level(
                "citizen_id_l = citizen_id_r OR contains(former_numbers_r, coalesce(citizen_id_l, old_number_l))",
                "the same, now or before",
                **_fixed(1e-7),
            ),
            _level("levenshtein(citizen_id_l, citizen_id_r) = 1", "one digit", **_fixed(5.4e-5)),
            _level("levenshtein(citizen_id_l, citizen_id_r) = 2", "two digits", **_fixed(1.3e-3)),
            _level("number_household_l = household_r", "of somebody in the household", **_fixed(0.01, 0.01)),
            _level("ELSE", "another number"),
        ],
        "insurance": [
            _null("insurance_l IS NULL OR insurance_r IS NULL OR length(insurance_l) <> length(insurance_r)"),
            _level("insurance_l = insurance_r", "the same", **_fixed(1e-6)),
            _level("ELSE", "another number"),
        ],
        "phone": [
            _null("phone_l IS NULL OR phone_r IS NULL"),
            _level("phone_l = phone_r", "the same", **_fixed(1e-4)),
            _level("ELSE", "another number"),
        ],
        "guardian": [
            _null("guardian_l IS NULL OR (guardian_r IS NULL AND coalesce(guardian_household_l <> household_r, TRUE))"),
            _level("guardian_l = guardian_r", "the same", **_fixed(2e-4)),
            _level("guardian_household_l = household_r", "somebody else of the household", **_fixed(2e-4)),
            _level("ELSE", "of another household"),
        ],
        "commune": [
            _null("commune_l IS NULL OR commune_r IS NULL"),
            _level("commune_l = commune_r", "the same"),
            _level("ELSE", "another one"),
        ],
        "village": [
            _null("address_l IS NULL OR village_r IS NULL OR commune_l IS NULL OR commune_l <> commune_r"),
            _level("contains(address_l, village_r)", "in the address"),
            _level("ELSE", "not in the address"),
        ],
        "sex": [
            _null("sex_l IS NULL OR sex_r IS NULL OR sex_l = 3 OR sex_r = 3"),
            _level("sex_l = sex_r", "the same"),
            _level("ELSE", "the other one"),
        ],
    }
    return [{"output_column_name": name, "comparison_levels": each} for name, each in levels.items()]


def settings(each: list[dict[str, Any]], prior: float) -> dict[str, Any]:
    """Settings of a linkage with these comparisons; `prior`: probability that two at random are one person."""
    return {
        "link_type": "link_only",
        "comparisons": each,
        "blocking_rules_to_generate_predictions": [],
        "probability_two_random_records_match": prior,
        # The levels come out only together with what was compared.
        "retain_matching_columns": True,
    }


def spark_sql(model: dict[str, Any]) -> list[str]:
    """What a Spark cluster would run for these settings, from compared pairs to their weights; one statement each."""
    import sqlglot
    from splink import SettingsCreator
    from splink.internals.predict import predict_from_comparison_vectors_sqls_using_settings

    made = SettingsCreator.from_path_or_dict(model).get_settings("spark")
    compared = ", ".join(made._columns_to_select_for_comparison_vector_values)
    statements = [f"SELECT {compared} FROM __splink__df_blocked"]  # noqa: S608
    statements += [step["sql"] for step in predict_from_comparison_vectors_sqls_using_settings(made)]
    return [sqlglot.transpile(statement, read="spark", write="spark")[0] for statement in statements]


# the columns ---------------------------------------------------------------------------------------------------------------


def name_words(frame: pl.DataFrame) -> dict[str, dict[str, float]]:
    """How frequent family, middle and given names are, in a table with `name_fold`; shares that add up to 1 each."""
    import polars as pl

    words = pl.col("name_fold").str.split(" ")
    parts = frame.select(
        family=words.list.first(), given=words.list.last(), middle=words.list.slice(1, words.list.len() - 2).list.join(" ")
    )
    return {
        part: {
            word: round(count / parts.height, 7) for word, count in parts[part].value_counts(sort=True).iter_rows() if count > 1
        }
        for part in ("family", "middle", "given")
    }


def sides(exams: pl.DataFrame, persons: pl.DataFrame, words: dict[str, dict[str, float]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Records and people, brought to `COLUMNS`.

    Args:
        exams: `encounter_id`, `name_key`, `name_fold`, `birth_date` (yyyy-mm-dd), `birth_precision`, `sex`, `citizen_id`,
            `insurance_no`, `phone`, `address`, `commune_code`, `guardian_citizen_id`, `number_household`,
            `guardian_household` (commune and number of the household in which these two numbers belong to somebody).
        persons: `person_id`, the same of name, birth, sex and numbers, `phone`, `village`, `household`, `commune_code`,
            `guardian_citizen_id`, `former_numbers` (separated by spaces).
        words: see `name_words`.
    """
    import polars as pl

    number = pl.col("citizen_id")
    insurance = pl.col("insurance_no")
    # The personal number is one of the three shapes of an insurance number.
    personal = pl.when(insurance.str.len_chars() == 12).then(insurance)
    common = {
        "citizen_id": pl.when(number.str.len_chars() != 9).then(number).otherwise(personal).fill_null(personal),
        "insurance": pl.when(insurance.str.len_chars() == 15).then(insurance.str.slice(5)).otherwise(insurance),
        "birth": pl.col("birth_date"),
        "birth_swapped": pl.concat_str(
            pl.col("birth_date").str.slice(0, 5),
            pl.col("birth_date").str.slice(8),
            pl.lit("-"),
            pl.col("birth_date").str.slice(5, 2),
        ),
        "commune": pl.col("commune_code"),
        "guardian": pl.col("guardian_citizen_id"),
    }
    left = exams.with_columns(**common).with_columns(
        unique_id=pl.col("encounter_id"),
        old_number=pl.when(number.str.len_chars() == 9).then(number),
        former_numbers=pl.lit(None, pl.String),
        household=pl.lit(None, pl.String),
        village=pl.lit(None, pl.String),
        address=_folded("address"),
        # A record about an unnamed newborn says nothing about a name.
        name_fold=pl.when(~pl.col("name_fold").str.contains(UNNAMED)).then(pl.col("name_fold")),
    )
    right = persons.with_columns(**common).with_columns(
        unique_id=pl.col("person_id"),
        old_number=pl.lit(None, pl.String),
        number_household=pl.lit(None, pl.String),
        guardian_household=pl.lit(None, pl.String),
        village=_folded("village"),
        address=pl.lit(None, pl.String),
    )
    return _named(left, words).select(COLUMNS), _named(right, words).select(COLUMNS)


def _folded(column: str) -> pl.Expr:
    """Places between commas, lower case, without diacritics, each with a comma before and behind it."""
    import polars as pl

    plain = pl.col(column).str.normalize("NFD").str.replace_all(r"\p{M}", "").str.to_lowercase().str.replace_all("đ", "d")
    parts = plain.str.replace_all(r"\s*,\s*", ",").str.strip_chars()
    return pl.concat_str(pl.lit(","), parts, pl.lit(","))


def _named(frame: pl.DataFrame, words: dict[str, dict[str, float]]) -> pl.DataFrame:
    import polars as pl

    split = pl.col("name_fold").str.split(" ")
    frame = frame.with_columns(
        family=split.list.first(),
        given=split.list.last(),
        middle=split.list.slice(1, split.list.len() - 2).list.join(" "),
        name_sorted=split.list.sort().list.join(" "),
    )
    shares = [
        pl.col(part).replace_strict(words[part], default=_RARE, return_dtype=pl.Float64)
        for part in ("family", "middle", "given")
    ]
    # Middle and given name go together with the sex, so that a name is about twice as frequent as its parts make it.
    known = [word for word, share in words["given"].items() if share > _RARE]
    return frame.with_columns(
        is_given=pl.col("given").is_in(known).cast(pl.Int8),
        tf_name_fold=pl.when(pl.col("name_fold").is_not_null()).then((2 * shares[0] * shares[1] * shares[2]).clip(0.0, 1.0)),
    )
