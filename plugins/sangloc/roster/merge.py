"""One delivery of a commune, compared with what the commune said last and merged into the roster in one transaction."""

from __future__ import annotations

import dataclasses
import functools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sangloc import clock
from sangloc.intake import (
    Reject,
    Table,
    add_rejects,
    claim_file,
    clean_insurance_no,
    finish_file,
    insurance_key,
    name_key,
    parse_birth_text,
    reason_message,
    save_rejects,
    save_warnings,
)
from sangloc.roster import gates, groups, holds, state
from sangloc.roster.lines import Seen, hashes_of
from sangloc.roster.parsing import Parsed, parse
from sangloc.roster.returned import references, unguarded

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray
    from sqlalchemy import Connection, Row

    from sangloc.provinces import Profile

# A first list shorter than this goes through the stage like any other.
DIRECT_FROM = 500

_COUNTED_AS = {
    "new": "inserted",
    "returned": "inserted",
    "changed": "updated",
    "moved": "moved_in",
    "unchanged": "unchanged",
    "claim": "unchanged",
}
_REPEATED = ("duplicate_in_file", "row_repeated")

_STAGED = (
    "row_id", "refresh_id", "commune_code", "citizen_id", "insurance_no", "insurance_key", "full_name", "name_key",
    "name_fold", "birth_date", "birth_precision", "sex", "ethnic_code", "phone", "village", "household_no", "relation",
    "guardian_citizen_id", "residence", "group_set_id", "leaves",
)  # fmt: skip
_COPIED = (
    "person_id", "province_code", "commune_code", "citizen_id", "insurance_no", "insurance_key", "full_name", "name_key",
    "name_fold", "birth_date", "birth_precision", "sex", "ethnic_code", "phone", "village", "household_no", "relation",
    "guardian_citizen_id", "residence", "group_set_id", "refresh_id",
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Whose roster is merged, in which run."""

    profile: Profile
    commune_code: str
    run_id: str

    @property
    def province_code(self) -> str:
        return self.profile.code

    @property
    def short_counts(self) -> bool:
        """Whether a stay below twelve months makes a resident, by the province's residence rule."""
        return self.profile.residence.temporary_min_months == 0


@dataclass(frozen=True)
class Part:
    """One file of a delivery: its entry in the register and what it says.

    `decision` is an officer's, if it was held. `content` are its bytes, where they can be compared line by line. `seen`
    is set when only those lines were read that the commune's last list did not have.
    """

    file_id: int
    table: Table
    decision: str | None = None
    content: bytes | None = None
    seen: Seen | None = None

    @property
    def period(self) -> str | None:
        return f"{self.table.period[0]:04}-{self.table.period[1]:02}" if self.table.period else None


class StaleStateError(Exception):
    """Somebody merged another list of the commune meanwhile: read and compare again."""


class _HeldError(Exception):
    def __init__(self, reasons: list[gates.Reason]) -> None:
        super().__init__("held")
        self.reasons = reasons


@dataclass
class _Rows:
    """What has to be looked at of one part: the frame with group keys and positions, and the bookkeeping around it."""

    part: Part
    table: Table
    hashes: NDArray[np.uint64]
    parsed: Parsed
    frame: pl.DataFrame
    unchanged: int


def merge(place: Place, kind: str, parts: list[Part]) -> dict[str, int] | None:
    """Merge the files of one delivery, which together are one list.

    Args:
        kind: `full` (who is not on it has left), `changes` (says who is new and who is gone), `returned` (rejected rows
            put right) or `addition` (a list an officer took without closing anybody).

    Returns:
        Counts as `refresh_commune` gives them; `{"held": n}` when the gates hold the delivery; None when another process
        has merged it.

    Raises:
        StaleStateError: the commune's last list is another one now.
        WarehouseError: the database refused or broke off; nothing was kept.
    """
    from sangloc.warehouse import transaction

    old, old_refresh = read_state(place)
    today = clock.today()
    made_with, rows, kept = _look(place, kind, parts, old, old_refresh, today)
    try:
        with transaction() as conn:
            return _Merge(conn, place, kind, rows, old, old_refresh, kept, made_with, today).run()
    except _HeldError as held:
        with transaction() as conn:
            for part in parts:
                holds.hold(conn, part.file_id, held.reasons, place.run_id, clock.now())
        return {"held": len(parts)}


def read_state(place: Place) -> tuple[state.ListState | None, int | None]:
    """What the commune's newest list said, and by which refresh; nothing before its first list."""
    from sangloc.warehouse import sql, transaction

    with transaction() as conn:
        row = conn.execute(sql("roster/read_state"), {"commune_code": place.commune_code}).one_or_none()
    if row is None:
        return None, None
    return state.decode(row.made_with, row.listed, bytes(row.content)), row.refresh_id


def _look(
    place: Place, kind: str, parts: list[Part], old: state.ListState | None, old_refresh: int | None, today: date
) -> tuple[str, list[_Rows], NDArray[np.bool_]]:
    """Parse the rows that the commune's last list did not have word for word.

    Returns:
        What the rows were read with; by part what was found; and which rows of the old list are on the new one.
    """
    import numpy as np

    rules = state.rules(groups.rules_hash())
    seen = parts[0].seen
    if seen is not None and old is not None:
        if seen.refresh_id != old_refresh:
            raise StaleStateError
        only = _read(place, parts[0], parts[0].table, seen.hashes, old.numbers[seen.found], seen.unchanged, today)
        return old.made_with, [only], seen.found
    if len(parts) == 1 and kind == "full":
        made_with, hashes = hashes_of(parts[0].table, parts[0].content, rules)
        each = [hashes]
    else:
        made_with = state.made_with(frozenset().union(*(part.table.present for part in parts)), rules)
        each = [state.row_hashes(part.table) for part in parts]
    comparable = old if kind == "full" and old is not None and old.made_with == made_with else None
    at, found = state.compare(comparable or state.empty(""), np.concatenate(each))
    if comparable is None:
        found = np.zeros(len(old) if old else 0, np.bool_)
    numbers = old.numbers[found] if old else np.zeros(0, np.int64)
    looked = []
    begin = 0
    for part, hashes in zip(parts, each, strict=True):
        new = at[begin : begin + len(hashes)] < 0
        begin += len(hashes)
        table = part.table if new.all() else dataclasses.replace(part.table, frame=part.table.frame.filter(new))
        looked.append(_read(place, part, table, hashes[new], numbers, int((~new).sum()), today))
        numbers = np.concatenate((numbers, _number(looked[-1].frame)))
    return made_with, looked, found


def _read(
    place: Place,
    part: Part,
    table: Table,
    hashes: NDArray[np.uint64],
    numbers: NDArray[np.int64],
    unchanged: int,
    today: date,
) -> _Rows:
    parsed = _without_taken(table, parse(table, today), numbers)
    keys = groups.assign(parsed.frame, place.profile.slug, place.commune_code, today)
    return _Rows(part, table, hashes, parsed, parsed.frame.with_columns(keys.alias("group_key")), unchanged)


def _person_ids(people: int) -> int:
    """Take so many consecutive ids, in a transaction of their own so that nobody waits for the lock; the last of them."""
    from sangloc.warehouse import advisory_lock, sql, transaction

    with transaction() as conn:
        advisory_lock(conn, "roster:person_id")
        return int(conn.execute(sql("roster/person_ids"), {"people": people}).scalar_one())


def _number(frame: pl.DataFrame) -> NDArray[np.int64]:
    import polars as pl

    numbers: NDArray[np.int64] = frame["citizen_id"].cast(pl.Int64).fill_null(0).to_numpy()
    return numbers


def _without_taken(table: Table, parsed: Parsed, numbers: NDArray[np.int64]) -> Parsed:
    """Rows whose personal number stands in a row of the list that was accepted before are rejected."""
    import polars as pl

    mine = _number(parsed.frame)
    twice = pl.Series(mine).is_in(pl.Series(numbers).implode()).to_numpy() & (mine > 0)
    if not twice.any():
        return parsed
    rejects = [*parsed.rejects, *_rejects(table, parsed.frame["position"].filter(twice), "citizen_id", "duplicate_in_file")]
    return dataclasses.replace(parsed, frame=parsed.frame.filter(~twice), rejects=rejects)


def _rejects(table: Table, positions: pl.Series, column: str, reason_code: str) -> list[Reject]:
    message = reason_message(reason_code)
    rejects = []
    frame = unguarded(table.frame) if table.kind == "returned" else table.frame
    for row in frame[positions].iter_rows(named=True):
        sheet, line = row.pop("sheet"), row.pop("row_number")
        raw = {key: value for key, value in row.items() if value}
        rejects.append(Reject(line, column, reason_code, message, raw, sheet))
    return rejects


def _counted(decided: Sequence[Row[Any]], same_after_all: set[int]) -> dict[int, dict[str, int]]:
    """What the list does, by file. Whoever comes back from another commune counts as moved in; `known` says how many were
    on the roster anywhere. Rows whose ids are in `same_after_all` change nothing.
    """
    counted: dict[int, dict[str, int]] = {}
    for row in decided:
        counts = counted.setdefault(row.refresh_id, dict.fromkeys(("inserted", "updated", "moved_in", "unchanged", "known"), 0))
        change = "unchanged" if row.row_id in same_after_all else row.change
        if change in _COUNTED_AS:
            counts[_COUNTED_AS[change]] += 1
        counts["known"] += row.action in ("changed", "moved", "unchanged", "claim")
    return counted


@functools.cache
def _asked(name: str) -> tuple[str, ...]:
    """The names of the values that `include/sql/roster/<name>.sql` asks for."""
    from sangloc.warehouse import sql

    return tuple(sql(f"roster/{name}").compile().params)


class _Merge:
    """The transaction. Its steps are the files of include/sql/roster."""

    def __init__(
        self,
        conn: Connection,
        place: Place,
        kind: str,
        rows: list[_Rows],
        old: state.ListState | None,
        old_refresh: int | None,
        kept: NDArray[np.bool_],
        made_with: str,
        today: date,
    ) -> None:
        self.conn, self.place, self.kind, self.rows = conn, place, kind, rows
        self.old, self.old_refresh, self.kept, self.made_with, self.today = old, old_refresh, kept, made_with, today
        self.now: datetime = clock.now()
        self.refresh_ids: list[int] = []
        self.values: dict[str, Any] = {
            "province_code": place.province_code,
            "commune_code": place.commune_code,
            "run_id": place.run_id,
            "now": self.now,
            "short_counts": place.short_counts,
            "close_missing": kind == "full",
        }

    def do(self, name: str, **more: Any) -> Any:
        """Run `include/sql/roster/<name>.sql` with those of the values that it asks for."""
        from sangloc.warehouse import sql

        given = {**self.values, **more}
        return self.conn.execute(sql(f"roster/{name}"), {key: given[key] for key in _asked(name)})

    def run(self) -> dict[str, int] | None:
        from sangloc.warehouse import advisory_lock

        self.do("plan_anew")
        advisory_lock(self.conn, f"roster:{self.place.commune_code}")
        if not all(claim_file(self.conn, rows.part.file_id) for rows in self.rows):
            return None
        if self.do("state_refresh").scalar() != self.old_refresh:
            raise StaleStateError
        frame = self._begin()
        if self._is_first(frame.height):
            people_before = 0
            frame, copied = self._copy(frame)
            if frame.is_empty():
                return self._finish(self._nothing_decided(people_before, copied), people_before, copied)
            self._stage(frame)
        else:
            copied = frame.clear().with_columns(frame["row_id"].clear().alias("person_id"))
            self._stage(frame)
            self._alone()
            # Whom the commune lists, less those who live elsewhere: counting the roster's rows takes longer.
            people_before = self.do("count_people" if self.old is None else "count_listed").scalar_one()
            self._free()
        return self._finish(self._decide(frame, copied, people_before), people_before, copied)

    def _begin(self) -> pl.DataFrame:
        """Open the record of each file, with what its rows say by themselves; all rows to look at as one frame."""
        import polars as pl

        frames = []
        for at, rows in enumerate(self.rows):
            refresh = self.do("begin_refresh", file_id=rows.part.file_id, list_kind=self.kind, period=rows.part.period)
            self.refresh_ids.append(refresh.scalar_one())
            save_rejects(self.conn, rows.part.file_id, rows.parsed.rejects)
            save_warnings(self.conn, rows.part.file_id, rows.parsed.warnings)
            frames.append(rows.frame.with_columns(pl.lit(self.refresh_ids[-1]).alias("refresh_id"), pl.lit(at).alias("part")))
        self.values["refresh_id"] = self.refresh_ids[-1]
        frame = pl.concat(frames)
        ids = groups.group_set_ids(self.conn, frame["group_key"].unique().to_list())
        return frame.with_columns(
            pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("row_id"),
            pl.col("group_key").replace_strict(ids, return_dtype=pl.Int32).alias("group_set_id"),
            pl.lit(self.place.commune_code).alias("commune_code"),
            pl.when(pl.col("change") != "listed").then("change").alias("leaves"),
        )

    def _alone(self) -> None:
        """Take the province's lock, as late as can be: nobody else of the province gets on while it is held.

        What is done from here on comes after what the others did, in the history too.
        """
        from sangloc.warehouse import advisory_lock

        advisory_lock(self.conn, f"roster:{self.place.province_code}")
        self.now = self.values["now"] = clock.now()

    def _is_first(self, rows: int) -> bool:
        return self.kind == "full" and self.old is None and rows >= DIRECT_FROM and self.do("count_people").scalar_one() == 0

    def _copy(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Write a first list straight into the roster, and take back those whom somebody else may have listed already.

        The rows are written before the province's lock is taken, so that communes can do it side by side; the search for
        whom they meet comes after it and sees everything that was committed before.

        Returns:
            The rows that have to go through the stage, and the others with their person_id.
        """
        import polars as pl

        from sangloc.warehouse import copy_rows

        last = _person_ids(frame.height)
        first = last - frame.height + 1
        # In the order of the index that is the most scattered otherwise.
        ordered = frame.sort(pl.col("citizen_id").cast(pl.Int64)).with_columns(
            pl.int_range(first, last + 1, dtype=pl.Int64).alias("person_id"),
            pl.lit(self.place.province_code).alias("province_code"),
        )
        copy_rows(self.conn, "roster.person", _COPIED, ordered)
        self._alone()
        met = self.do("find_met", first=first, last=last, anybody_left=self.do("anybody_left").scalar_one()).scalars().all()
        if not met:
            return frame.clear(), ordered
        self.do("take_back", people=met)
        known = pl.col("person_id").is_in(met)
        return ordered.filter(known).select(frame.columns).sort("row_id"), ordered.filter(~known)

    def _stage(self, frame: pl.DataFrame) -> None:
        """Bring the rows to the server."""
        from sangloc.warehouse import copy_rows

        for table in ("stage", "free", "candidate", "ended"):
            self.do(f"create_{table}")
        copy_rows(self.conn, "roster_stage", _STAGED, frame)

    def _nothing_decided(self, people_before: int, copied: pl.DataFrame) -> dict[str, Any]:
        """A first list of people whom nobody knows."""
        self._judge({}, 0, 0, people_before, copied.height)
        return {"by_file": {}, "ended": 0, "staged": [], "moved_out": 0, "spared": [], "taken": set(), "frame": copied.clear()}

    def _decide(self, frame: pl.DataFrame, copied: pl.DataFrame, people_before: int) -> dict[str, Any]:
        """Decide what each staged row means and write it; what it came to."""
        self.do("analyse_free")
        for kind in ("citizen", "insurance"):
            if self.do(f"candidates_{kind}").rowcount:
                self.do("match_candidates", kind="citizen_id" if kind == "citizen" else "insurance_no")
            self.do("empty_candidates")
        self.do("analyse_stage")
        self.do("match_name")
        repeated = self.do("mark_repeated").all()
        spared = self._spare()
        self.do("fill_from_known", present=sorted(self._present()))
        decided = self.do("decide").all()
        ended = self.do("find_ended").rowcount
        taken = set(self.do("hold_back_numbers").scalars())
        same_after_all = set(self.do("same_without_number", rows=sorted(taken)).scalars()) if taken else set()
        self._apply(first=True)
        in_force, displaced = self._claims_in_force()
        by_file = _counted(decided, same_after_all)
        known = Counter(row.lived_in for row in decided if row.lived_in not in (None, self.place.commune_code))
        self._judge(by_file, ended + displaced, max(known.values(), default=0), people_before, copied.height)
        return {
            "by_file": by_file,
            "ended": ended + displaced,
            "staged": [*decided, *repeated],
            "moved_out": in_force,
            "spared": spared,
            "taken": taken,
            "frame": frame,
        }

    def _present(self) -> frozenset[str]:
        return frozenset().union(*(rows.part.table.present for rows in self.rows))

    def _free(self) -> None:
        from sangloc.warehouse import copy_rows

        if self.kind == "full" and self.old is not None:
            free = self.old.persons[~self.kept]
            copy_rows(self.conn, "roster_free", ("person_id",), [(int(person),) for person in free])
        else:
            self.do("free_all")

    def _spare(self) -> list[int]:
        """People whose row was rejected do not count as gone."""
        if self.kind != "full":
            return []
        rejected = [reject.raw for rows in self.rows for reject in rows.parsed.rejects]
        if not rejected:
            return []
        numbers = ["".join(filter(str.isdigit, str(raw.get("citizen_id", "")))) for raw in rejected]
        insurances = [insurance_key(clean_insurance_no(str(raw.get("insurance_no", ""))) or "") or None for raw in rejected]
        births = [parse_birth_text(str(raw.get("birth_date", "")), self.today) for raw in rejected]
        spared = self.do(
            "keep_rejected",
            numbers=[number if len(number) == 12 else None for number in numbers],
            insurance_keys=insurances,
            name_keys=[name_key(str(raw.get("full_name", ""))) or None for raw in rejected],
            births=[birth[0] if birth else None for birth in births],
            households=[str(raw.get("household_no", "")).strip() or None for raw in rejected],
        )
        return sorted(set(spared.scalars()))

    def _judge(self, by_file: dict[int, dict[str, int]], ended: int, elsewhere: int, people_before: int, copied: int) -> None:
        """Ask the gates about what was done, unless an officer has answered for every file.

        Raises:
            _HeldError: with the reasons.
        """
        if all(rows.part.decision in ("release", "addition") for rows in self.rows):
            return
        counts = by_file.values()
        arrived = copied + sum(count["inserted"] + count["moved_in"] for count in counts)
        unchanged = sum(rows.unchanged for rows in self.rows)
        titles = [
            gates.place_named_otherwise(rows.part.table.title, self.place.profile.slug, self.place.commune_code)
            for rows in self.rows
        ]
        periods = [rows.part.period for rows in self.rows if rows.part.period]
        facts = gates.Facts(
            list_kind=self.kind,
            period=max(periods, default=None),
            loaded_period=self.do("loaded_period").scalar(),
            names_other=next((title for title in titles if title), None),
            people_before=people_before,
            people_after=people_before + arrived - ended,
            closed=ended,
            arrived=arrived,
            rows_read=sum(rows.parsed.rows_read + rows.unchanged for rows in self.rows),
            rows_rejected=sum(rows.parsed.rows_rejected for rows in self.rows),
            rows_repeated=sum(
                reject.reason_code in ("duplicate_in_file", "row_repeated")
                for rows in self.rows
                for reject in rows.parsed.rejects
            ),
            known=unchanged + sum(count["known"] for count in counts),
            elsewhere=elsewhere,
        )
        reasons = gates.check(facts, self.place.profile.roster)
        if reasons:
            raise _HeldError(reasons)

    def _apply(self, *, first: bool) -> None:
        """Carry out what the stage's rows have been decided to do."""
        claims = ("drop_claims", "keep_claims") if first else ()
        for name in (*claims, "end_changed", "end_states", "write_people", "forget_former"):
            self.do(name)

    def _claims_in_force(self) -> tuple[int, int]:
        """Hand over to the communes that still list them those whom this list gave up.

        Returns:
            Their number, and how many of them lived here until now.
        """
        self.do("empty_stage")
        in_force = self.do("stage_claims").scalars().all()
        if not in_force:
            return 0, 0
        self.do("empty_ended")
        self.do("hold_back_numbers")
        self._apply(first=False)
        self.do("drop_used_claims")
        return len(in_force), in_force.count("moved")

    def _finish(self, done: dict[str, Any], people_before: int, copied: pl.DataFrame) -> dict[str, int]:
        """Write the records of the files and the state for the next list."""
        import polars as pl

        refused_as = {
            row.row_id: {"unknown": ("full_name", "person_unknown"), "repeated": ("full_name", "row_repeated")}[row.action]
            for row in done["staged"]
            if row.action in ("unknown", "repeated")
        }
        told = dict.fromkeys(done["taken"], ("citizen_id", "citizen_id_taken"))
        told |= {row.row_id: ("full_name", "leaver_elsewhere") for row in done["staged"] if row.action == "unlists"}
        totals = dict.fromkeys(("inserted", "updated", "moved_in", "closed", "unchanged"), 0)
        read = accepted = rejected = 0
        people = people_before
        for at, (rows, refresh_id) in enumerate(zip(self.rows, self.refresh_ids, strict=True)):
            file_id, last = rows.part.file_id, at == len(self.rows) - 1
            found = done["by_file"].get(refresh_id, {})
            counts = {name: found.get(name, 0) for name in ("inserted", "updated", "moved_in", "unchanged")}
            counts["inserted"] += copied.filter(pl.col("part") == at).height
            counts["unchanged"] += rows.unchanged
            counts["closed"] = done["ended"] if last else 0
            before, people = people, people + counts["inserted"] + counts["moved_in"] - counts["closed"]
            rejects = self._said_of(rows, at, done["frame"], refused_as)
            refused = rows.parsed.rows_rejected + len(rejects)
            self.do(
                "finish_refresh",
                **counts,
                refresh_id=refresh_id,
                moved_out=done["moved_out"] if last else 0,
                rejected=refused,
                people_before=before,
                people_after=people,
            )
            add_rejects(self.conn, file_id, rejects)
            save_warnings(self.conn, file_id, self._said_of(rows, at, done["frame"], told))
            self._mark_corrected(rows)
            rows_read = rows.parsed.rows_read + rows.unchanged
            finish_file(
                self.conn,
                file_id,
                rows_read=rows_read,
                rows_accepted=rows_read - refused,
                rows_rejected=refused,
                now=self.now,
                run_id=self.place.run_id,
                list_kind=self.kind,
                period=rows.part.period,
            )
            read, accepted, rejected = read + rows_read, accepted + rows_read - refused, rejected + refused
            for name, value in counts.items():
                totals[name] += value
        if self.kind == "full":
            self.do("supersede_held", merged=[rows.part.file_id for rows in self.rows])
        self._write_state(done, copied)
        return {"read": read, "accepted": accepted, "rejected": rejected, **totals}

    def _said_of(self, rows: _Rows, at: int, frame: pl.DataFrame, said: dict[int, tuple[str, str]]) -> list[Reject]:
        """What is said of rows, by their id in the frame: column and reason code."""
        import polars as pl

        found = []
        for column, reason_code in sorted(set(said.values())):
            ids = [row_id for row_id, what in said.items() if what == (column, reason_code)]
            mine = frame.filter((pl.col("part") == at) & pl.col("row_id").is_in(ids))
            found += _rejects(rows.table, mine["position"], column, reason_code)
        return found

    def _mark_corrected(self, rows: _Rows) -> None:
        if rows.part.table.kind != "returned":
            return
        accepted = rows.table.frame["returned_ref"].gather(rows.frame["position"])
        parts = references(accepted)
        files, sheets, lines = ([int(value) for value in parts[name]] for name in ("1", "2", "3"))
        self.do("mark_corrected", file_id=rows.part.file_id, files=files, sheets=sheets, rows=lines)

    def _write_state(self, done: dict[str, Any], copied: pl.DataFrame) -> None:
        """The commune's listing after this delivery: one row for everyone it lists, residents and claims alike."""
        import numpy as np
        import polars as pl

        listed = [row for row in done["staged"] if row.action not in ("leaves", "unlists", "unknown", "repeated")]
        persons = np.zeros(sum(rows.frame.height for rows in self.rows) + 1, np.int64)
        for row in listed:
            persons[row.row_id] = row.person_id
        persons[copied["row_id"].to_numpy()] = copied["person_id"].to_numpy()
        frame = pl.concat([rows.frame.select("position", "citizen_id") for rows in self.rows])
        hashes = np.concatenate([rows.hashes[rows.frame["position"].to_numpy()] for rows in self.rows])
        # The number may be free when the next list comes with the same words.
        hashes[np.fromiter(done["taken"], np.int64) - 1] = 0
        here = persons[1:] > 0
        new = state.ListState(self.made_with, hashes, persons[1:], _number(frame)).only(here)
        spared = np.array(done["spared"], np.int64)
        old = self.old or state.empty(self.made_with)
        if self.kind == "full":
            before = old.only(self.kept)
        else:
            touched = np.array([row.person_id or 0 for row in done["staged"]], np.int64)
            before = old.only(~np.isin(old.persons, touched))
            # Said in the words of another list: the next complete list has to be looked at in these rows.
            new = dataclasses.replace(new, hashes=np.zeros_like(new.hashes))
        made_with = self.made_with if self.kind == "full" else old.made_with
        after = dataclasses.replace(before.with_rows(new).with_rows(state.unspoken(spared)), made_with=made_with)
        self.do("write_state", made_with=made_with, listed=len(after), content=after.content())
