"""One commune's list, to rows the warehouse can take and rejects its sender can understand. No database here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sangloc.intake import Reject, Table, parse_sex, reason_message
from sangloc.roster import columns, labels
from sangloc.roster.returned import unguarded

if TYPE_CHECKING:
    import polars as pl

# The columns of roster_stage that come from the list.
STAGED = (
    "citizen_id", "insurance_no", "insurance_key", "full_name", "name_key", "name_fold", "birth_date",
    "birth_precision", "sex", "ethnic_code", "phone", "village", "household_no", "relation", "guardian_citizen_id",
    "residence", "groups", "change",
)  # fmt: skip

# HO_TEN and DIA_CHI of QĐ 2062/QĐ-BYT hold as much. An index of PostgreSQL takes no name of thousands of letters.
LONGEST_NAME = 255
LONGEST_TEXT = 1024
_FREE_TEXTS = ("village", "household_no", "relation")
OLDEST = 110

# A row without a number that agrees with another row in all of this is one person written twice.
_SAME_PERSON = ("name_key", "birth_date", "sex", "household_no", "village", "change")

# What no name has: anything but letters, spaces, apostrophes, hyphens and dots.
_UNUSUAL_IN_NAMES = r"[^\p{L}\p{M} '’‘`´ʼ.\-–]"
_CONTROLS = "[\x00-\x08\x0e-\x1f\x7f]"


@dataclass(frozen=True)
class Parsed:
    """The outcome of one list.

    `frame` (polars) has the accepted rows in the order of the file: `row_id` (1 to n), `position` (the row's place in
    the table's frame, from 0) and the columns `STAGED`. `change` is `listed`, or in lists of changes also `left` or
    `died`; only such rows may lack `birth_date`, `birth_precision` and `sex`. `groups` are the pairs of
    `labels.group_pairs`. `warnings` are remarks about accepted rows, without their values.
    """

    frame: pl.DataFrame
    rejects: list[Reject]
    warnings: list[Reject]
    rows_read: int

    @property
    def rows_rejected(self) -> int:
        """Number of rows, each counted once however many reasons it has."""
        return self.rows_read - int(self.frame.height)


def parse(table: Table, today: date) -> Parsed:
    """Check and normalise the rows of a list, or any part of them.

    A row is rejected when it has no name, no usable birth date or sex, or something else than a personal number in its
    place; every reason found is reported. A missing number is no fault, nor is a word that says so or the number of an
    old identity card: nobody is left out for want of a number. Of two otherwise good rows with one number the second is
    rejected, and of two rows without one that agree in name, day of birth, sex, household and village. A number whose
    leading zeros a spreadsheet has dropped gets them back when place, sex and birth year in it then fit the row.

    Who left or died needs only a name and either a number or a birth date.

    What a number says about sex, birth year and place of registration (NĐ 137/2015/NĐ-CP article 13, TT 07/2016/TT-BCA
    article 7) never rejects a row, for it is what once was registered; where it disagrees there is a warning.

    Args:
        table: as `sangloc.intake.read_table` gives it for layout `roster`; its frame may hold some of the rows only.
        today: birth dates after this day are rejected.
    """
    import polars as pl

    raw = unguarded(table.frame) if table.kind == "returned" else table.frame
    frame = _confirmed(_typed(raw, today).with_columns(_changes(raw, table.kind)))
    number, birth, text = pl.col("citizen_id"), pl.col("birth_date"), pl.col("birth_date_text")
    leaves = pl.col("change").is_in(["left", "died"])
    told = leaves & number.is_not_null()
    faults = {
        "name_missing": ("full_name", ~pl.col("full_name").str.contains(r"\p{L}") | (pl.col("name_key") == "")),
        "name_too_long": ("full_name", pl.col("full_name").str.len_chars() > LONGEST_NAME),
        "birth_date_missing": ("birth_date", (text == "") & ~leaves),
        "birth_date_invalid": ("birth_date", (text != "") & birth.is_null() & ~told),
        "birth_date_future": ("birth_date", (birth > today) & ~told),
        "leaver_unidentified": ("citizen_id", leaves & number.is_null() & (text == "")),
        "sex_invalid": ("sex", pl.col("sex").is_null() & ~leaves),
        "citizen_id_invalid": ("citizen_id", pl.col("remark") == "citizen_id_invalid"),
        "citizen_id_passport": ("citizen_id", pl.col("remark") == "citizen_id_passport"),
        "change_missing": ("change", pl.col("change") == "change_missing"),
        "change_unknown": ("change", pl.col("change") == "change_unknown"),
    }
    found = frame.select(fault.fill_null(value=False).alias(reason) for reason, (_, fault) in faults.items())
    good = ~found.select(pl.any_horizontal(pl.all())).to_series()
    found = found.with_columns(_duplicates(frame, good))
    faulty_columns = {**{reason: column for reason, (column, _) in faults.items()}, **_DUPLICATES}
    accepted = frame.filter(~found.select(pl.any_horizontal(pl.all())).to_series()).with_columns(
        pl.int_range(1, pl.len() + 1).alias("row_id"),
        # Someone who left and is known by the number: a birth date that cannot be is none.
        pl.when(birth <= today).then(birth).alias("birth_date"),
        pl.when(birth <= today).then("birth_precision").alias("birth_precision"),
    )
    return Parsed(
        accepted.select("row_id", "position", *STAGED),
        _rejects(raw, found, faulty_columns),
        _warnings(accepted, today),
        frame.height,
    )


_DUPLICATES = {"duplicate_in_file": "citizen_id", "row_repeated": "full_name"}


def _typed(raw: pl.DataFrame, today: date) -> pl.DataFrame:
    """The rows with everything read that a cell says by itself, and with what there is to remark."""
    import polars as pl

    full_name = columns.clean(raw["full_name"])
    name_key, name_fold = columns.name_keys(full_name)
    birth_text = columns.clean(raw["birth_date"])
    birth_date, birth_precision = columns.birth_dates(birth_text, today)
    citizen_id, remark = columns.citizen_ids(raw["citizen_id"])
    guardian, guardian_remark = columns.citizen_ids(raw["guardian_id"])
    insurance_no, insurance_unread = columns.insurance_nos(raw["insurance_no"])
    phone, phone_unread = columns.phones(raw["phone"])
    ethnic, ethnic_unknown = _said(raw["ethnic"], lambda text: labels.ethnic_code(text) or None, _is_ethnic_group)
    texts = [_limited(columns.clean(raw[column])) for column in _FREE_TEXTS]
    frame = pl.DataFrame(
        [
            raw["sheet"],
            raw["row_number"],
            full_name,
            name_key.alias("name_key"),
            name_fold.alias("name_fold"),
            _controls(raw["full_name"], full_name),
            birth_text.alias("birth_date_text"),
            birth_date,
            birth_precision,
            citizen_id,
            remark.alias("remark"),
            guardian.alias("guardian_citizen_id"),
            guardian_remark.alias("guardian_remark"),
            insurance_no,
            insurance_unread.alias("insurance_unread"),
            phone,
            phone_unread.alias("phone_unread"),
            columns.by_unique(raw["sex"], parse_sex, pl.Int16),
            ethnic.alias("ethnic_code"),
            ethnic_unknown,
            *_said(raw["residence"], labels.residence, labels.knows_residence),
            *_said(raw["groups"], labels.group_pairs, _knows_groups),
            *(text for text, _ in texts),
            pl.select(pl.any_horizontal(cut for _, cut in texts)).to_series().alias("text_cut"),
        ]
    )
    return frame.with_row_index("position").with_columns(
        # A card of 15 characters ends with the 10 digits that stay with the person.
        pl.when(pl.col("insurance_no").str.len_bytes() == 15)
        .then(pl.col("insurance_no").str.slice(5))
        .otherwise("insurance_no")
        .alias("insurance_key"),
    )


def _controls(names: pl.Series, clean: pl.Series) -> pl.Series:
    """Whether there are control characters in each name, which cleaning takes out: column `name_controls`."""
    import polars as pl

    found = pl.repeat(False, len(names), dtype=pl.Boolean, eager=True).alias("name_controls")
    changed = names != clean
    return columns.replaced(found, changed, names.filter(changed).str.contains(_CONTROLS))


def _limited(texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Clean free texts, those that say nothing as null and the longest cut, and which of them were cut."""
    import polars as pl

    filled = pl.select(pl.when(texts != "").then(texts).alias(texts.name)).to_series()
    # In bytes, which need not be counted, a text is as long as in characters or longer.
    long = texts.str.len_bytes() > LONGEST_TEXT
    if not long.any():
        return filled, long
    return filled.str.head(LONGEST_TEXT).str.strip_chars_end(" "), texts.str.len_chars() > LONGEST_TEXT


def _said(texts: pl.Series, read: Callable[[str], str | None], knows: Callable[[str], bool]) -> tuple[pl.Series, pl.Series]:
    """What each text comes to, and whether it says something that is not known: column `<name>_unknown`."""
    import polars as pl

    unique, places = columns.different(texts)
    made = pl.Series(texts.name, [read(text) for text in unique], pl.String)
    unknown = [not labels.no_value(text) and not knows(text) for text in unique]
    return made.gather(places), pl.Series(f"{texts.name}_unknown", unknown, pl.Boolean).gather(places)


def _is_ethnic_group(text: str) -> bool:
    return bool(labels.ethnic_code(text))


def _knows_groups(text: str) -> bool:
    return all(labels.group_pairs(part) or labels.no_value(part) for part in text.split(";"))


def _changes(raw: pl.DataFrame, kind: str) -> pl.Series | pl.Expr:
    """Column `change`: listed, left, died, or the reason code of a fault."""
    import polars as pl

    if kind == "full":
        return pl.lit("listed").alias("change")
    when_empty = "change_missing" if kind == "changes" else "listed"

    def read(text: str) -> str:
        return labels.change(text) or ("change_unknown" if text.strip() else when_empty)

    return columns.by_unique(raw["change"], read, pl.String)


def _number_says(digits: pl.Expr) -> tuple[pl.Expr, pl.Expr, pl.Expr, pl.Expr]:
    """What personal numbers (as integers) say: place of birth registration, century digit, sex and birth year.

    The fourth digit is 0, 1 for men and women born in the 20th century, 2, 3 in the 21st, and so on (NĐ 137/2015/NĐ-CP
    article 13, TT 07/2016/TT-BCA article 7).
    """
    fourth = digits // 100_000_000 % 10
    return digits // 1_000_000_000, fourth, fourth % 2 + 1, 1900 + fourth // 2 * 100 + digits // 1_000_000 % 100


def _is_domestic(place: pl.Expr) -> pl.Expr:
    return place.is_in([int(code) for code in labels.numbers().birth_places])


def _confirmed(frame: pl.DataFrame) -> pl.DataFrame:
    """Numbers that lost their zeros: kept where the row (or, of a guardian, the number itself) speaks for them."""
    import polars as pl

    place, _, sex, year = _number_says(pl.col("citizen_id").cast(pl.Int64))
    own = _is_domestic(place) & (sex == pl.col("sex")) & (year == pl.col("birth_date").dt.year())
    place, fourth, _, _ = _number_says(pl.col("guardian_citizen_id").cast(pl.Int64))
    guardians = _is_domestic(place) & (fourth < 4)
    for number, remark, fits in (("citizen_id", "remark", own), ("guardian_citizen_id", "guardian_remark", guardians)):
        lost = (frame[remark] == "zeros_lost").fill_null(value=False)
        if lost.any():
            settled = frame.filter(lost).select(
                pl.when(fits).then(number).alias(number),
                pl.when(~fits.fill_null(value=False)).then(pl.lit("citizen_id_invalid")).alias(remark),
            )
            frame = frame.with_columns(columns.replaced(frame[name], lost, settled[name]) for name in (number, remark))
    return frame


def _duplicates(frame: pl.DataFrame, good: pl.Series) -> list[pl.Series]:
    """Columns `duplicate_in_file` and `row_repeated`."""
    import polars as pl

    none = pl.repeat(False, frame.height, dtype=pl.Boolean, eager=True)
    numbered = good & frame["citizen_id"].is_not_null()
    again = ~frame["citizen_id"].filter(numbered).is_first_distinct()
    same_number = columns.replaced(none, numbered, again)
    complete = pl.all_horizontal(pl.col(column).is_not_null() for column in _SAME_PERSON)
    bare = good & frame["citizen_id"].is_null() & frame.select(complete & (pl.col("birth_precision") == "day")).to_series()
    if bare.any():
        without = frame.filter(bare).select(_SAME_PERSON).with_row_index()
        born_alike = numbered & frame["birth_date"].is_in(without["birth_date"].implode())
        known = without.join(frame.filter(born_alike), on=_SAME_PERSON, how="semi")["index"]
        again = ~without.select(pl.struct(_SAME_PERSON).is_first_distinct()).to_series() | without["index"].is_in(
            known.implode()
        )
        same_row = columns.replaced(none, bare, again)
    else:
        same_row = none
    return [same_number.alias("duplicate_in_file"), same_row.alias("row_repeated")]


def _rejects(raw: pl.DataFrame, found: pl.DataFrame, faulty_columns: dict[str, str]) -> list[Reject]:
    rejects = []
    for reason, column in faulty_columns.items():
        if not found[reason].any():
            continue
        message = reason_message(reason)
        for row in raw.filter(found[reason]).iter_rows(named=True):
            sheet, number = row.pop("sheet"), row.pop("row_number")
            values = {key: value for key, value in row.items() if value}
            rejects.append(Reject(number, column, reason, message, values, sheet))
    return sorted(rejects, key=_place)


def _warnings(accepted: pl.DataFrame, today: date) -> list[Reject]:
    import polars as pl

    accepted = accepted.with_columns(pl.col("citizen_id").cast(pl.Int64).alias("digits"))
    place, _, sex, year = _number_says(pl.col("digits"))
    remark, guardian_remark = pl.col("remark"), pl.col("guardian_remark")
    remarks = {
        "name_unusual": ("full_name", pl.col("full_name").str.contains(_UNUSUAL_IN_NAMES) | pl.col("name_controls")),
        "age_implausible": ("birth_date", pl.col("birth_date").dt.year() < today.year - OLDEST),
        "citizen_id_placeholder": ("citizen_id", remark == "citizen_id_placeholder"),
        "citizen_id_old_kept_out": ("citizen_id", remark == "citizen_id_old_kept_out"),
        "citizen_id_sex": ("citizen_id", (sex != pl.col("sex")) & (pl.col("sex") < 3)),
        "citizen_id_birth_year": ("citizen_id", year != pl.col("birth_date").dt.year()),
        "citizen_id_prefix": ("citizen_id", (place < 100) & ~_is_domestic(place)),
        "guardian_is_self": ("guardian_id", pl.col("guardian_citizen_id") == pl.col("citizen_id")),
        "guardian_id_unreadable": (
            "guardian_id",
            guardian_remark.is_not_null() & (guardian_remark != "citizen_id_placeholder"),
        ),
        "insurance_no_unreadable": ("insurance_no", pl.col("insurance_unread")),
        "phone_unreadable": ("phone", pl.col("phone_unread")),
        "ethnic_unknown": ("ethnic", pl.col("ethnic_unknown")),
        "residence_unknown": ("residence", pl.col("residence_unknown")),
        "group_unknown": ("groups", pl.col("groups_unknown")),
        "text_cut": ("village", pl.col("text_cut")),
    }
    found = accepted.select(
        "sheet", "row_number", *(mask.fill_null(value=False).alias(code) for code, (_, mask) in remarks.items())
    )
    warnings = []
    for code, (column, _) in remarks.items():
        if not found[code].any():
            continue
        message = reason_message(code)
        rows = found.filter(pl.col(code)).select("sheet", "row_number").iter_rows()
        warnings += [Reject(number, column, code, message, {}, sheet) for sheet, number in rows]
    return sorted(warnings, key=_place)


def _place(reject: Reject) -> tuple[str, int, str]:
    return reject.sheet or "", reject.row_number, reject.column_name
