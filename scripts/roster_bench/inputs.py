"""The benchmark's files: a sample province as plain CSV, and the next month's files made from it by a seeded rule.

The sample holds the lists as communes write them, CSV and XLSX in several styles. Here each list becomes one CSV that COPY
can load as it stands: UTF-8, commas, the same 15 headings, the cells as the clerk wrote them. What the roster must hold
after each refresh follows from the sample's truth and from the rule, and is written down beside the files.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
import unicodedata
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import numpy as np

from sangloc import clock, settings
from sangloc.sample import roster_files

if TYPE_CHECKING:
    import polars as pl

P = ParamSpec("P")
R = TypeVar("R")

SLUG, PROVINCE_CODE, FULL_SIZE = "hai_phong", "31", 4_664_124
SEED, AS_OF = 1, date(2026, 11, 21)
# Part of the folder names of kept files: another rule makes other files.
RULES = 1

HEADINGS = roster_files.HEADINGS[0]
PERMANENT, TEMPORARY, CHRONIC = "Thường trú", "Tạm trú từ 12 tháng", "Bệnh mạn tính"

# A month, as shares of the people on the lists.
CHANGED, NEW, GONE, MOVED = 0.02, 0.005, 0.005, 0.003
# What changes in a changed row; numbers are added where one is missing, the rest is shared out among rows with a number.
NUMBERS_ADDED = 0.05
KINDS = {"phone": 0.32, "address": 0.2, "groups": 0.18, "insurance": 0.15, "residence": 0.05, "name": 0.07, "relation": 0.03}
BIRTHS = 0.5


@dataclass(frozen=True)
class Expected:
    """What a refresh must do and leave behind: counts of rows and people, and the people of each commune."""

    read: int
    accepted: int
    inserted: int
    updated: int
    moved: int
    gone: int
    people: dict[str, int]


@dataclass(frozen=True)
class Files:
    """The files of one size of province, by commune code, and what must come of them.

    `month` has every commune's next list, `five` those of five communes only. `sizes` are rows of the first lists.
    `shared_numbers`: how many mistyped numbers happen to be somebody else's, too.
    """

    as_of: date
    first: dict[str, Path]
    month: dict[str, Path]
    five: dict[str, Path]
    sizes: dict[str, int]
    shared_numbers: int
    expected: dict[str, Expected]

    @property
    def rows(self) -> int:
        return sum(self.sizes.values())

    def clock(self, kind: str) -> str:
        """Now, in ISO 8601, when the communes' lists of a kind are refreshed; `again` is a day after the first load."""
        days = {"first": 0, "again": 1}
        return datetime.combine(self.as_of + timedelta(days=days.get(kind, 30)), time(8), clock.VIETNAM).isoformat()

    def newest(self, kind: str) -> dict[str, Path]:
        """The newest list of each commune when a kind of refresh runs."""
        newer = {"month": self.month, "five": self.five}
        return {**self.first, **newer.get(kind, {})}

    def land(self, kind: str, landing: Path) -> None:
        """Put the lists of a kind of refresh into the landing zone beside those that lie there.

        The first lists lie there for ever: `again` brings nothing. The files are hard links and keep their times.
        """
        lists = {"first": (self.first, 0), "month": (self.month, 1), "five": (self.five, 1)}
        paths, later = lists.get(kind, ({}, 0))
        year, month = divmod(self.as_of.year * 12 + self.as_of.month - 1 + later, 12)
        for code, path in paths.items():
            folder = landing / SLUG / "roster" / code
            folder.mkdir(parents=True, exist_ok=True)
            os.link(path, folder / f"danh_sach_{year}_{month + 1:02d}.csv")


def apart(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run `function` in a process of its own: its memory goes back, and stays out of the measured processes."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *args, **kwargs).result()


# the sample ----------------------------------------------------------------------------------------------------------


def populations() -> dict[str, float] | None:
    """Population by commune code, when the list of communes lies beside the project."""
    path = settings.root().parent / "shared" / "domain" / "communes.csv"
    if not path.exists():
        return None
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["province_code"] == PROVINCE_CODE]
    return {row["commune_code"]: float(row["population"]) for row in rows}


def sample(given: str | None, work: Path, people: int) -> tuple[Path, str]:
    """The landing folder of a sample with at least `people` people, and a line that says where it comes from.

    Args:
        given: an existing landing folder with its truth beside it, which is only read; else one is made in `work`.
    """
    if given:
        landing = Path(given).resolve()
        found = _parameters(landing)["people"]
        if found < people:
            raise SystemExit(f"BENCH_SAMPLE has {found:,} people, {people:,} are needed; lower SCALE or leave it out")
        return landing, f"sample: {landing}, {found:,} people; sizes of the communes as there"
    weights = populations()
    landing = work / f"sample-{people}" / "landing"
    if not (landing.parent / "complete").exists():
        shutil.rmtree(landing.parent, ignore_errors=True)
        apart(_generate, people, landing, weights)
        (landing.parent / "complete").touch()
    source = "in proportion to the populations of communes.csv" if weights else "by the sample's own distribution"
    return landing, f"sample: made for this, seed {SEED}, {people:,} people; sizes of the communes {source}"


def _generate(people: int, landing: Path, weights: dict[str, float] | None) -> None:
    from sangloc.sample import generate

    generate(SLUG, people, SEED, landing, AS_OF, weights=weights)


def _parameters(landing: Path) -> dict[str, Any]:
    path = landing.parent / "truth" / SLUG / "parameters.json"
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SystemExit(f"{path} is missing; a sample needs its truth beside it") from None
    if found["slug"] != SLUG:
        raise SystemExit(f"{path} belongs to {found['slug']}; expected a sample of {SLUG}")
    return found


# one size of province -------------------------------------------------------------------------------------------------


def prepare(landing: Path, work: Path, people: int) -> Files:
    """The files for about `people` people, cut from the sample: the first part of each commune's list.

    What is in `work` already is taken as it is.
    """
    name = f"{hashlib.sha256(str(landing).encode()).hexdigest()[:8]}-{_parameters(landing)['people']}-rules{RULES}"
    base, folder = work / f"base-{name}", work / f"files-{name}-{people}"
    for target, make in ((base, _make_base), (folder, _make_files)):
        if not (target / "complete").exists():
            shutil.rmtree(target, ignore_errors=True)
            apart(make, landing, base, folder, people)
            (target / "complete").touch()
    return _read(folder)


def _read(folder: Path) -> Files:
    facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    lists = {kind: {path.stem: path for path in sorted((folder / kind).iterdir())} for kind in ("first", "month", "five")}
    return Files(
        as_of=date.fromisoformat(facts["as_of"]),
        sizes=facts["sizes"],
        shared_numbers=facts["shared_numbers"],
        expected={kind: Expected(**counts) for kind, counts in facts["expected"].items()},
        **lists,
    )


def _make_base(landing: Path, base: Path, folder: Path, people: int) -> None:
    """Each commune's list as a frame with the 15 columns, the sample's verdict on each row and the person's own number."""
    import polars as pl

    base.mkdir(parents=True)
    truth = landing.parent / "truth" / SLUG
    rows = pl.read_csv(truth / "roster_rows.csv", infer_schema=False)
    own = pl.read_csv(truth / "people.csv", infer_schema=False, columns=["truth_id", "citizen_id"])
    rows = rows.join(own.rename({"citizen_id": "own_number"}), on="truth_id", how="left")
    tasks = []
    for (code,), part in rows.partition_by("commune_code", as_dict=True).items():
        target = base / f"{code}.parquet"
        part.select(pl.col("row_number").cast(pl.Int64), pl.col("reject_code", "own_number").fill_null("")).write_parquet(
            target
        )
        tasks.append((landing / SLUG / part["file"][0], target))
    del rows, own
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1), mp_context=get_context("spawn")) as pool:
        list(pool.map(_read_list, *zip(*tasks, strict=True)))


def _read_list(path: Path, target: Path) -> None:
    import polars as pl

    from sangloc.intake import read_table

    table = read_table(path.read_bytes(), path.name, "roster")
    truth = pl.read_parquet(target)
    frame = table.frame.select("row_number", *HEADINGS).join(truth, on="row_number", how="inner")
    if not frame.height == truth.height == table.frame.height:
        raise SystemExit(f"a list of the sample has {truth.height} rows, but {table.frame.height} were read")
    frame.write_parquet(target)


class _Lists:
    """The communes' lists of one size, read one by one; the whole province is never in memory."""

    def __init__(self, base: Path, share: float) -> None:
        self.base, self.share = base, share
        self.codes = sorted(path.stem for path in base.glob("*.parquet"))

    def load(self, code: str) -> pl.DataFrame:
        import polars as pl

        frame = pl.read_parquet(self.base / f"{code}.parquet")
        # Guardians stand above their children and a row before its repetition: a cut leaves every verdict true.
        frame = frame.head(max(1, round(frame.height * self.share)))
        digits = pl.col("citizen_id").str.replace_all(r"[^0-9]", "")
        return frame.with_columns(digits.alias("digits"), (pl.col("reject_code") == "").alias("accepted"))


def _make_files(landing: Path, base: Path, folder: Path, people: int) -> None:
    """Every list of a size, and what must come of them."""
    import polars as pl

    parameters = _parameters(landing)
    as_of = date.fromisoformat(parameters["as_of"])
    lists = _Lists(base, min(1.0, people / parameters["people"]))
    for kind in ("first", "month", "five"):
        (folder / kind).mkdir(parents=True)
    sizes, accepted, numbers = {}, {}, []
    for code in lists.codes:
        frame = lists.load(code)
        _write(frame, folder / "first" / f"{code}.csv", as_of - timedelta(days=10))
        sizes[code], accepted[code] = frame.height, int(frame["accepted"].sum())
        numbers.append(frame.filter(pl.col("accepted") & (pl.col("digits") != ""))["digits"])
    held = pl.concat(numbers)
    by_size = sorted(lists.codes, key=lambda code: (sizes[code], code))
    middle = len(by_size) // 2
    read, taken = sum(sizes.values()), sum(accepted.values())
    expected = {
        "first": Expected(read, taken, taken, 0, 0, 0, accepted),
        "month": _next_month(lists, lists.codes, accepted, as_of, folder / "month"),
        "five": _next_month(lists, by_size[middle - 2 : middle + 3], accepted, as_of, folder / "five"),
    }
    facts = {
        "as_of": as_of.isoformat(),
        "sizes": sizes,
        "shared_numbers": held.len() - held.n_unique(),
        "expected": {kind: asdict(counts) for kind, counts in expected.items()},
    }
    (folder / "facts.json").write_text(json.dumps(facts, indent=1), encoding="utf-8")


def _write(frame: pl.DataFrame, path: Path, arrived: date) -> None:
    import polars as pl

    # An empty text would be written as "", which is not how anyone's program writes an empty cell.
    plain = frame.select(pl.when(pl.col(key) != "").then(pl.col(key)).alias(heading) for key, heading in HEADINGS.items())
    plain.write_csv(path)
    moment = datetime.combine(arrived, time(8), clock.VIETNAM).timestamp()
    os.utime(path, (moment, moment))


# the next month -------------------------------------------------------------------------------------------------------


@dataclass
class _Plan:
    """What happens to one commune's list: positions of rows that leave, cells that change, rows that come.

    The number of an arrival may still be its first six digits, until `_number` has found the other six.
    """

    movers: list[int]
    gone: list[int]
    edits: dict[int, dict[str, str]]
    arrivals: list[dict[str, str]]


def _next_month(lists: _Lists, codes: list[str], before: dict[str, int], as_of: date, folder: Path) -> Expected:
    """Write the next list of each of `codes`; moves happen among them."""
    plans: dict[str, _Plan] = {}
    villages: dict[str, list[str]] = {}
    movers: list[tuple[str, dict[str, str]]] = []
    for code in codes:
        frame = lists.load(code)
        villages[code] = frame["village"].unique().sort().to_list()
        plans[code], leaving = _plan(frame, _dice(folder.name, code), as_of, moves=len(codes) > 1)
        movers += [(code, row) for row in leaving]
    dice = _dice(folder.name, "province")
    inserted = sum(len(plan.arrivals) for plan in plans.values())
    _number([row for plan in plans.values() for row in plan.arrivals], lists, dice)
    _settle(movers, plans, before, villages, dice)
    people, read, accepted = dict(before), 0, 0
    for code, plan in plans.items():
        changed = _apply(lists.load(code), plan)
        _write(changed, folder / f"{code}.csv", as_of - timedelta(days=1))
        people[code] += len(plan.arrivals) - len(plan.movers) - len(plan.gone)
        # In a small sample a list may stay as it was; the same bytes are not read again.
        if plan.movers or plan.gone or plan.edits or plan.arrivals:
            read += changed.height
            accepted += people[code]
    return Expected(
        read=read,
        accepted=accepted,
        inserted=inserted,
        updated=sum(len(plan.edits) for plan in plans.values()),
        moved=len(movers),
        gone=sum(len(plan.gone) for plan in plans.values()),
        people=people,
    )


def _dice(*parts: object) -> np.random.Generator:
    digest = hashlib.sha256("|".join(map(str, (SEED, RULES, *parts))).encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))


def _plan(frame: pl.DataFrame, dice: np.random.Generator, as_of: date, moves: bool) -> tuple[_Plan, list[dict[str, str]]]:
    """What happens in one commune, and the rows of those who move out.

    Only rows that were accepted and share their number with no other row are touched: a repetition that was rejected
    would take the place of the row that leaves.
    """
    import polars as pl

    once = pl.len().over("digits") == 1
    full = pl.col("digits").str.contains(r"^[0-9]{12}$")
    facts = frame.select(
        numbered=pl.col("accepted") & once & full,
        permanent=pl.col("residence") == PERMANENT,
        # Their own number may not stand in the file yet, as a guardian's may.
        addable=pl.col("accepted")
        & (pl.col("digits") == "")
        & (pl.col("own_number") != "")
        & ~pl.col("own_number").is_in(frame["digits"].implode())
        & (pl.col("birth_date").str.count_matches("/", literal=True) == 2),
    )
    people = int(frame["accepted"].sum())
    moved, gone, changed, new = (int(people * share + dice.random()) for share in (MOVED, GONE, CHANGED, NEW))
    # A commune of a handful of people, in a small sample, must not lose a notable part of them or its last one.
    moved, gone = min(moved, people // 50), min(gone, people // 50)
    pool = dice.permutation(np.flatnonzero(facts["numbered"].to_numpy()))
    movers = pool[facts["permanent"].to_numpy()[pool]][: moved if moves else 0].tolist()
    moving = set(movers)
    rest = [at for at in pool.tolist() if at not in moving]
    added = dice.permutation(np.flatnonzero(facts["addable"].to_numpy()))[: round(changed * NUMBERS_ADDED)].tolist()
    edited = rest[gone : gone + changed - len(added)]
    parents = rest[gone + changed : gone + changed + int(new * BIRTHS + dice.random())]
    rows = {at: frame.row(at, named=True) for at in (*movers, *added, *edited, *parents)}
    cells = _Cells(frame, dice)
    edits = {at: {"citizen_id": str(rows[at]["own_number"])} for at in added}
    edits.update({at: cells.edited(rows[at]) for at in edited})
    arrivals = [cells.newborn(rows[at], as_of) for at in parents]
    arrivals += [cells.newcomer() for _ in range(new - len(arrivals))]
    plan = _Plan(movers, rest[:gone], edits, arrivals)
    return plan, [{key: rows[at][key] for key in HEADINGS} for at in movers]


def _number(rows: list[dict[str, str]], lists: _Lists, dice: np.random.Generator) -> None:
    """Complete the numbers of new people so that they are nobody else's, on no list of the province."""
    import polars as pl

    waiting = [row for row in rows if len(row["citizen_id"]) == 6]
    tries = 12
    tails = dice.integers(10**6, size=(len(waiting), tries)).tolist()
    drawn = pl.DataFrame(
        {
            "at": [at for at in range(len(waiting)) for _ in range(tries)],
            "digits": [f"{row['citizen_id']}{tail:06d}" for row, own in zip(waiting, tails, strict=True) for tail in own],
        },
        schema={"at": pl.Int64, "digits": pl.String},
    ).unique("digits", keep="first", maintain_order=True)
    for code in lists.codes:
        frame = lists.load(code)
        drawn = drawn.join(frame, on="digits", how="anti", maintain_order="left")
        drawn = drawn.join(frame, left_on="digits", right_on="own_number", how="anti", maintain_order="left")
    free = drawn.unique("at", keep="first", maintain_order=True)
    if free.height < len(waiting):
        raise SystemExit("the sample has no free personal number left for a new person")
    for at, number in free.iter_rows():
        waiting[at]["citizen_id"] = number


def _settle(
    movers: Iterable[tuple[str, dict[str, str]]],
    plans: dict[str, _Plan],
    people: dict[str, int],
    villages: dict[str, list[str]],
    dice: np.random.Generator,
) -> None:
    """Put each mover on another commune's list, a larger one more often; only the address differs from the old row."""
    codes = list(plans)
    weights = np.array([people[code] for code in codes], dtype=float)
    for origin, row in movers:
        chances = np.where([code == origin for code in codes], 0, weights)
        code = codes[int(dice.choice(len(codes), p=chances / chances.sum()))]
        village = villages[code][int(dice.integers(len(villages[code])))]
        plans[code].arrivals.append({**row, "village": village, "household_no": ""})


def _card(dice: np.random.Generator) -> str:
    return f"GD4{PROVINCE_CODE}{dice.integers(10**10):010d}"


def _phone(dice: np.random.Generator) -> str:
    return f"09{dice.integers(10**8):08d}"


def _head(province: str, born: date, female: bool) -> str:
    """The first six digits of a personal number: province of registration, century and sex, year."""
    return f"{province.zfill(3)}{(born.year // 100 - 19) * 2 + female}{born.year % 100:02d}"


class _Cells:
    """Changed and new cells of one commune's list. Every change can be told from the old value after normalising."""

    def __init__(self, frame: pl.DataFrame, dice: np.random.Generator) -> None:
        self.dice = dice
        self.villages = frame["village"].unique().sort().to_list()
        self.names = frame.filter("accepted").select("full_name", "sex", "ethnic").rows(named=True)
        self.household = max((int(text) for text in frame["household_no"] if text.isdigit()), default=0)

    def new_household(self) -> str:
        self.household += 1
        return str(self.household)

    def edited(self, row: dict[str, Any]) -> dict[str, str]:
        """The cells of one changed row."""
        match str(self.dice.choice(list(KINDS), p=list(KINDS.values()))):
            case "address":
                village = self.villages[int(self.dice.integers(len(self.villages)))]
                return {"village": village, "household_no": self.new_household()}
            case "groups":
                labels = [label for label in row["groups"].split("; ") if label]
                kept = [label for label in labels if label != CHRONIC]
                return {"groups": "; ".join(kept if CHRONIC in labels else [*kept, CHRONIC])}
            case "insurance":
                return {"insurance_no": self._other_card(row["insurance_no"])}
            case "residence":
                return {"residence": TEMPORARY if row["residence"] == PERMANENT else PERMANENT}
            case "relation":
                return {"relation": "Cháu" if row["relation"] != "Cháu" else "Người thân khác"}
            case "name" if row["birth_date"].count("/") == 2 and (name := _respelt(row["full_name"])):
                return {"full_name": name}
            case _:
                return {"phone": _phone(self.dice)}

    def _other_card(self, old: str) -> str:
        """A card of another kind with the ten digits that stay with the person; a first card for who has none."""
        if len(old) == 15 and old[5:].isdigit():
            return ("DN4" if old.startswith("GD4") else "GD4") + old[3:]
        return f"GD4{PROVINCE_CODE}{old}" if len(old) == 10 and old.isdigit() else _card(self.dice)

    def _somebody(self) -> dict[str, str]:
        found: dict[str, str] = self.names[int(self.dice.integers(len(self.names)))]
        return found

    def newcomer(self) -> dict[str, str]:
        """The row of an adult who comes from another province."""
        like, days = self._somebody(), (date(1950, 1, 1).toordinal(), date(2005, 1, 1).toordinal())
        born = date.fromordinal(int(self.dice.integers(*days)))
        return {
            **like,
            "birth_date": f"{born:%d/%m/%Y}",
            "citizen_id": _head(str(self.dice.choice(["001", "022", "033", "034", "036"])), born, like["sex"] != "Nam"),
            "insurance_no": _card(self.dice),
            "phone": _phone(self.dice),
            "village": self.villages[int(self.dice.integers(len(self.villages)))],
            "residence": PERMANENT if self.dice.random() < 0.7 else TEMPORARY,
            "note": "Mới chuyển đến",
        }

    def newborn(self, parent: dict[str, Any], as_of: date) -> dict[str, str]:
        """The row of a child born since the first lists, six in ten without a number yet."""
        family = parent["full_name"].split()[0]
        like = self._somebody()
        girl = like["sex"] != "Nam"
        born = as_of + timedelta(days=1 + int(self.dice.integers(29)))
        return {
            "full_name": " ".join([family, *like["full_name"].split()[1:]]),
            "birth_date": f"{born:%d/%m/%Y}",
            "sex": like["sex"],
            "citizen_id": _head(PROVINCE_CODE, born, girl) if self.dice.random() < 0.4 else "",
            "ethnic": parent["ethnic"],
            "phone": parent["phone"],
            "village": parent["village"],
            "household_no": parent["household_no"],
            "relation": "Con",
            "residence": parent["residence"],
            "guardian_id": parent["digits"],
        }


def _respelt(name: str) -> str | None:
    """The name with the diacritics of its middle words left out; None when that changes nothing."""
    words = name.split()
    middle = [
        "".join(letter for letter in unicodedata.normalize("NFD", word) if not unicodedata.combining(letter))
        for word in words[1:-1]
    ]
    respelt = " ".join([*words[:1], *middle, *words[-1:]])
    return respelt if respelt != " ".join(words) and len(words) > 2 else None


def _apply(frame: pl.DataFrame, plan: _Plan) -> pl.DataFrame:
    """The list after the month: edited cells, the leavers' rows taken out, the arrivals at the end."""
    import polars as pl

    columns = {key: frame[key].to_list() for key in {key for edit in plan.edits.values() for key in edit}}
    for at, edit in plan.edits.items():
        for key, text in edit.items():
            columns[key][at] = text
    frame = frame.with_columns(pl.Series(key, texts, pl.String) for key, texts in columns.items())
    left = {*plan.movers, *plan.gone}
    kept = frame.filter(pl.Series([at not in left for at in range(frame.height)])).select(*HEADINGS)
    # Clerks go on counting: the rows that stay keep their bytes.
    last = max((int(text) for text in frame["stt"] if text.isdigit()), default=0)
    household = max((int(text) for text in frame["household_no"] if text.isdigit()), default=0) + len(plan.edits)
    arrivals = [
        {
            **dict.fromkeys(HEADINGS, ""),
            **row,
            "stt": str(last + place),
            "household_no": row.get("household_no") or str(household + place),
        }
        for place, row in enumerate(plan.arrivals, start=1)
    ]
    return pl.concat([kept, pl.DataFrame(arrivals, schema=kept.schema)])
