"""One commune's list, to rows the warehouse can take and rejects its sender can understand. No database here."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sangloc.intake import (
    Reject,
    Table,
    clean_insurance_no,
    clean_phone,
    map_unique,
    name_fold,
    name_key,
    parse_date,
    parse_sex,
    reason_message,
)
from sangloc.roster.labels import ethnic_code, group_pairs, residence

if TYPE_CHECKING:
    import polars as pl

# The columns of roster_stage that come from the list.
STAGED = (
    "citizen_id", "insurance_no", "insurance_key", "full_name", "name_key", "name_fold", "birth_date",
    "birth_precision", "sex", "ethnic_code", "phone", "village", "household_no", "relation", "guardian_citizen_id",
    "residence", "groups", "row_hash",
)  # fmt: skip

# What a row says, in the order in which row_hash takes it: MD5 of these joined by U+001F, empty for what is missing.
# Changing this order makes every row of the next lists look changed once.
_HASHED = (
    "citizen_id", "insurance_no", "full_name", "birth_date", "birth_precision", "sex", "ethnic_code", "phone",
    "village", "household_no", "relation", "guardian_citizen_id", "residence", "groups",
)  # fmt: skip

_SEPARATORS = r"[\s.\-'’`\x{200B}\x{FEFF}]"
_INSURANCE_NO = r"^([A-Z]{2}[1-5][0-9]{12}|[0-9]{12}|[0-9]{10})$"
_PHONE = r"^0[0-9]{9,10}$"
_TEXTS = ("full_name", "village", "household_no", "relation", "ethnic", "residence", "groups", "sex", "birth_date")


@dataclass(frozen=True)
class Parsed:
    """The outcome of one list. `frame` (polars) has `row_id` (1 to n) and the columns `STAGED` of accepted rows."""

    frame: pl.DataFrame
    rejects: list[Reject]
    rows_read: int

    @property
    def rows_rejected(self) -> int:
        """Number of rows, each counted once however many reasons it has."""
        return self.rows_read - int(self.frame.height)


def parse(table: Table, today: date) -> Parsed:
    """Check and normalise the rows of a list.

    A row is rejected when it has no name, no usable birth date or sex, or a personal number that is not 12 digits;
    every reason found is reported. Of two otherwise good rows with one personal number the second is rejected. A
    missing number is no fault, and neither prefix nor sex digit nor year digits of a number are judged (they say where
    and as what a birth was registered).

    Args:
        table: as `sangloc.intake.read_table` gives it for layout `roster`.
        today: birth dates after this day are rejected.
    """
    import polars as pl

    frame = _typed(table.frame)
    missing_date = pl.col("birth_date_text") == ""
    faults = {
        "name_missing": ("full_name", pl.col("name_key") == ""),
        "birth_date_missing": ("birth_date", missing_date),
        "birth_date_invalid": ("birth_date", ~missing_date & pl.col("birth_date").is_null()),
        "birth_date_future": ("birth_date", (pl.col("birth_date") > today).fill_null(value=False)),
        "sex_invalid": ("sex", pl.col("sex").is_null()),
        "citizen_id_invalid": (
            "citizen_id",
            pl.col("citizen_id").is_not_null() & ~pl.col("citizen_id").str.contains(r"^[0-9]{12}$").fill_null(value=True),
        ),
    }
    frame = frame.with_columns(fault.alias(reason) for reason, (_, fault) in faults.items())
    good = ~pl.any_horizontal(list(faults))
    frame = frame.with_columns(
        (good & pl.col("citizen_id").is_not_null() & (pl.int_range(pl.len()).over("citizen_id", good) > 0)).alias(
            "duplicate_in_file"
        )
    )
    columns = {**{reason: column for reason, (column, _) in faults.items()}, "duplicate_in_file": "citizen_id"}
    accepted = frame.filter(~pl.any_horizontal(list(columns)))
    accepted = accepted.with_columns(_hashes(accepted), pl.int_range(1, pl.len() + 1).alias("row_id"))
    return Parsed(accepted.select("row_id", *STAGED), _rejects(table.frame, frame, columns), frame.height)


def _typed(raw: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    frame = raw.with_columns(
        pl.col(column)
        .str.normalize("NFC")
        .str.replace_all("Ð", "Đ", literal=True)
        .str.replace_all("ð", "đ", literal=True)
        .str.replace_all(r"[\x{200B}\x{FEFF}]", "")
        .str.replace_all(r"\s+", " ")
        .str.strip_chars()
        for column in _TEXTS
    )
    frame = frame.with_columns(
        *(
            pl.when(pl.col(column) != "").then(pl.col(column)).alias(column)
            for column in ("village", "household_no", "relation")
        ),
        *(
            pl.when(number != "").then(number).alias(column)
            for column in ("citizen_id", "guardian_id")
            for number in [pl.col(column).str.replace_all(_SEPARATORS, "")]
        ),
        _mapped(frame["ethnic"], ethnic_code).alias("ethnic_code"),
        _mapped(frame["residence"], residence).alias("residence"),
        pl.Series("groups", map_unique(frame["groups"], group_pairs), pl.String),
        _mapped(frame["insurance_no"], lambda text: clean_insurance_no(text) or "", _INSURANCE_NO).alias("insurance_no"),
        _mapped(frame["phone"], lambda text: clean_phone(text) or "", _PHONE).alias("phone"),
        _mapped(frame["sex"], lambda text: str(parse_sex(text) or "")).cast(pl.Int16).alias("sex"),
        pl.Series("name_key", map_unique(frame["full_name"], name_key), pl.String),
        pl.Series("name_fold", map_unique(frame["full_name"], name_fold), pl.String),
        pl.col("birth_date").alias("birth_date_text"),
        *_dates(frame["birth_date"]),
    )
    return frame.with_columns(
        pl.when(pl.col("guardian_id").str.contains(r"^[0-9]{12}$")).then("guardian_id").alias("guardian_citizen_id"),
        # A card of 15 characters ends with the 10 digits that stay with the person.
        pl.when(pl.col("insurance_no").str.len_bytes() == 15)
        .then(pl.col("insurance_no").str.slice(5))
        .otherwise("insurance_no")
        .alias("insurance_key"),
    )


def _mapped(values: pl.Series, function: Callable[[str], str], clean: str | None = None) -> pl.Series:
    """`function` of each value, null where it gives the empty text.

    Args:
        clean: a pattern of values that are as they should be, for which `function` need not be asked.
    """
    import polars as pl

    if clean is not None:
        usual = values.str.contains(clean)
        if not usual.all():
            values = values.scatter((~usual).arg_true(), _mapped(values.filter(~usual), function))
        return values
    return pl.Series(values.name, [made or None for made in map_unique(values, function)], pl.String)


def _dates(texts: pl.Series) -> list[pl.Series]:
    """Columns `birth_date` and `birth_precision`. Polars reads the usual form, our own parser the rest."""
    import polars as pl

    usual = pl.Series("texts", texts).str.contains(r"^[0-9]{1,2}/[0-9]{1,2}/(1[89]|2[0-9])[0-9]{2}$")
    read = pl.select(pl.when(usual).then(texts).str.to_date("%d/%m/%Y", strict=False).alias("birth_date"))[
        "birth_date"
    ].to_list()
    precision: list[str | None] = ["day"] * len(read)
    known: dict[str, Any] = {}
    for position, (text, value) in enumerate(zip(texts, read, strict=True)):
        if value is None or value.year < 1880:
            if text not in known:
                known[text] = parse_date(text) or (None, None)
            read[position], precision[position] = known[text]
    return [pl.Series("birth_date", read, pl.Date), pl.Series("birth_precision", precision, pl.String)]


def _hashes(frame: pl.DataFrame) -> pl.Series:
    import polars as pl

    texts = frame.select(
        pl.concat_str([pl.col(column).cast(pl.String).fill_null("") for column in _HASHED], separator="\x1f")
    ).to_series()
    return pl.Series("row_hash", [hashlib.md5(text.encode(), usedforsecurity=False).hexdigest() for text in texts], pl.String)


def _rejects(raw: pl.DataFrame, checked: pl.DataFrame, columns: dict[str, str]) -> list[Reject]:
    rejects = []
    for reason, column in columns.items():
        message = reason_message(reason)
        for row in raw.filter(checked[reason]).iter_rows(named=True):
            sheet, number = row.pop("sheet"), row.pop("row_number")
            values = {key: value for key, value in row.items() if value}
            rejects.append(Reject(number, column, reason, message, values, sheet))
    return sorted(rejects, key=lambda reject: (reject.sheet or "", reject.row_number, reject.column_name))
