"""One linkage run of a province: what is certain by rule, then what the model is sure of; the rest waits for a person."""

from __future__ import annotations

import io
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sangloc import audit, clock, provinces
from sangloc.errors import WarehouseError
from sangloc.health_book.decisions import METHOD as BY_PERSON
from sangloc.linkage import model as stored
from sangloc.linkage.choose import as_one, choose
from sangloc.linkage.compare import UNNAMED
from sangloc.linkage.model import Model
from sangloc.linkage.score import Scorer
from sangloc.warehouse import advisory_lock, copy_rows, sql, transaction

if TYPE_CHECKING:
    import polars as pl
    import psycopg
    from sqlalchemy import Connection

BY_RULE = "identifier_birth_name"
BY_MODEL = "splink"
RULE_VERSION = "rules-4"

# From so many uncertain cases on two connections look for who may be meant, each by half of them.
_SHARED_FROM = 20_000
# From so many links on books and entries are read as a whole.
_MANY = 100_000

_SCORED = ("encounter_id", "person_id", "listed_person_id", "place", "weight", "probability", "accepted", "reason_code")


def link(slug: str, run_id: str) -> dict[str, int]:
    """Put every current exam of a province into a health book, or before a person, or on the list of the unlisted.

    First the certain: a personal number that the person has or had, birth date as far as both sides know it and name agree,
    for exactly one person, and the number is not a guardian's. The rest is compared with whoever could be meant by a stored
    model (`sangloc.linkage.model`); a link is made when the best candidate is above the threshold and ahead of the second
    by the margin. Nobody is linked to their guardian. What is plausible goes to `health_book.review` with up to five
    candidates and a reason; an exam that resembles nobody goes there without candidates, for the list of people on no list.

    A run looks at the exams of files it has not seen. When the roster has changed or the model is another one it also looks
    again at the open cases and at the entries made without a person that the change can touch: an entry that is not
    supported any more is removed, and its exam is a case again. What a person decided stays: whoever was excluded is not
    compared, two ids that are one person are one, and an exam taken out of a book waits for a person. An exam of a new
    person is a case again when the roster gains somebody who may be meant, and linked when that is certain. The
    entry of an exam that was sent again moves to the newer version if that still links to the same person, or if a person
    made it or its person left the roster and nothing about the identity changed; one that a person made returns when a
    version about somebody else came between. Whoever left the roster keeps book and entries.

    All in one transaction under the province's lock: a run that ends anywhere leaves nothing, and the next does the same.

    Args:
        slug: the province's folder name.
        run_id: the DAG run, written to new entries.

    Returns:
        Counts for the province as it stands: `encounters` (current), `linked`, `in_review` (waiting for a decision),
        `not_on_roster`, `books`; and for this run: `new_links`, `by_model` (those of them the model made), `new_reviews`
        (with and without candidates), `re_examined` (entries looked at again), `no_longer_agrees` (entries removed because
        nothing supports them any more), `changed` (rows of entry and review written or removed).

    Raises:
        ConfigurationError: the stored model is missing or damaged.
        WarehouseError: the database or the comparison failed; nothing is changed then.
    """
    model = stored.load()
    province = {"province_code": provinces.load(slug).code}
    methods = {"by_rule": BY_RULE, "by_model": BY_MODEL}
    stamp = {**province, "now": clock.now()}
    with transaction() as conn, ExitStack() as closing:
        advisory_lock(conn, f"health_book:{province['province_code']}")
        beside = closing.enter_context(ThreadPoolExecutor(3))
        # Nobody else links or unlinks until the end, so what stands now and what this run does are what stands then.
        standing = beside.submit(_standing, province)
        conn.execute(sql("linkage/plan_anew"))
        before = conn.execute(sql("linkage/situation"), province).one()
        refreshes = conn.execute(sql("linkage/find_refreshes"), province).all()
        files = list(conn.execute(sql("linkage/find_files"), province).scalars())
        new = {**province, "files": files}
        changed = restored = 0
        if before.reviewed or before.linked:
            changed += conn.execute(sql("linkage/carry_decisions"), new).rowcount
            changed += conn.execute(sql("linkage/carry_entries"), {**new, **methods}).rowcount
        if before.decided:
            again = {**stamp, **new, "by_person": BY_PERSON}
            restored = conn.execute(sql("linkage/restore_entries"), again).rowcount
            changed += restored + conn.execute(sql("linkage/ask_again"), new).rowcount
        affected = _affected(conn, province, refreshes, methods) if before.linked or before.reviewed else []
        open_cases = []
        if before.reviewed:
            another = {"another_model": before.model_version != model.version}
            open_cases = list(conn.execute(sql("linkage/find_open"), {**province, **another}).scalars())
        cases = {**new, "again": [*open_cases, *affected]}
        scorer = None
        if files or cases["again"]:
            scorer = beside.submit(Scorer, model)
            closing.callback(_close, scorer)
        by_rule = {"by_rule": BY_RULE, "rule_version": RULE_VERSION}
        linked = conn.execute(sql("linkage/find_certain"), {**cases, **by_rule}).rowcount
        if before.decided:
            conn.execute(sql("linkage/drop_forbidden_links"))
        conn.execute(sql("linkage/index_links"))
        rest = conn.execute(sql("linkage/find_rest"), cases).rowcount
        conn.execute(sql("linkage/stage_scores"))
        entered = {**stamp, **new, "run_id": run_id}
        # The server writes what is certain, while other connections look for who may be meant by the rest, and this process
        # weighs them.
        parts = 2 if rest >= _SHARED_FROM else 1
        readers = [closing.enter_context(transaction()) for _ in range(parts if rest else 0)]
        # Waited for before the readers' transactions end, also when one of them fails.
        lookers = closing.enter_context(ThreadPoolExecutor(2))
        looking = []
        for part, reader in enumerate(readers):
            _hand_over(conn, reader, part, parts)
            looking.append(lookers.submit(_look, reader, province, before.decided))
        advisory_lock(conn, f"health_book.books:{province['province_code']}")
        conn.execute(sql("linkage/plan_for"), {"many": linked >= _MANY})
        certain = beside.submit(_enter, conn, entered, [BY_RULE], before.linked)
        chosen = _weigh([each.result() for each in looking], scorer, model)
        links, books, moved = certain.result()
        if chosen is not None:
            copy_rows(conn, "linkage_score", _SCORED, chosen)
        by_model = conn.execute(sql("linkage/add_links"), {"by_model": BY_MODEL, "model_version": model.version}).rowcount
        conn.execute(sql("linkage/index_scores"))
        conn.execute(sql("linkage/plan_for"), {"many": by_model >= _MANY})
        removed = 0
        if before.linked:
            removed = conn.execute(sql("linkage/remove_disagreeing"), {"again": affected}).rowcount
        # What was looked at again may be certain and was in the way of itself until now.
        further = _enter(conn, entered, [BY_RULE, BY_MODEL] if affected else [BY_MODEL], before.linked)
        new_links, new_books, moved = links + further[0], books + further[1], moved + further[2]
        replaced = 0
        if before.linked:
            replaced = conn.execute(sql("linkage/remove_entries"), new).rowcount
        conn.execute(sql("linkage/find_reviews"))
        with_model = {"model_version": model.version}
        new_reviews = conn.execute(sql("linkage/insert_reviews"), {**stamp, **with_model}).rowcount
        if before.reviewed:
            changed += conn.execute(sql("linkage/update_reviews"), with_model).rowcount
            changed += conn.execute(sql("linkage/close_reviews"), province).rowcount
        conn.execute(sql("linkage/remember"), {**new, "refreshes": [row.refresh_id for row in refreshes]})
        conn.execute(sql("linkage/use_model"), {**province, **with_model})
        waiting = conn.execute(sql("linkage/waiting"), province).one()
        stood = standing.result()
    counts = {
        "encounters": stood["encounters"],
        "linked": stood["linked"] + restored + new_links - removed - replaced,
        "in_review": int(waiting.in_review),
        "not_on_roster": int(waiting.not_on_roster),
        "books": stood["books"] + new_books,
        "new_links": new_links,
        "by_model": by_model,
        "new_reviews": new_reviews,
        "re_examined": len(affected),
        "no_longer_agrees": removed,
        "changed": changed + moved + replaced + new_links + new_reviews + removed,
    }
    audit.note(rows=counts)
    return counts


def _standing(province: dict[str, Any]) -> dict[str, int]:
    """Exams, entries and books of the province; to count a million takes a third of the time that a day's linking takes."""
    with transaction() as conn:
        return {key: int(value) for key, value in conn.execute(sql("linkage/standing"), province).one()._mapping.items()}


def _close(scorer: Future[Scorer]) -> None:
    if scorer.exception() is None:
        scorer.result().close()


def _affected(conn: Connection, province: dict[str, Any], refreshes: Any, methods: dict[str, str]) -> list[int]:
    """The exams whose entry the refreshes can touch; whoever changed is in `linkage_changed`."""
    new = {"refreshes": [row.refresh_id for row in refreshes], "communes": sorted({row.commune_code for row in refreshes})}
    conn.execute(sql("linkage/find_changed"), {**province, **new})
    conn.execute(sql("linkage/index_changed"))
    # Looked for among a million entries even when nobody changed, this took a fifth of a day's run.
    if not refreshes:
        return []
    return list(conn.execute(sql("linkage/find_affected"), {**province, **methods}).scalars())


def _hand_over(conn: Connection, reader: Connection, part: int, parts: int) -> None:
    """One of so many parts of the cases that are left, for a connection that looks for candidates."""
    reader.execute(sql("linkage/plan_anew"))
    reader.execute(sql("linkage/stage_rest"))
    share = f"SELECT * FROM linkage_rest WHERE encounter_id % {parts} = {part}"  # noqa: S608
    with (
        _unquoted("handing over cases"),
        _driver(conn).cursor() as source,
        _driver(reader).cursor() as target,
        source.copy(f"COPY ({share}) TO STDOUT (FORMAT binary)".encode()) as out,
        target.copy("COPY linkage_rest FROM STDIN (FORMAT binary)") as into,
    ):
        for block in out:
            into.write(block)


@dataclass(frozen=True)
class _Found:
    """Cases, who may be meant by them, numbers these had before, and those of them who stand for somebody else."""

    exams: pl.DataFrame
    pairs: pl.DataFrame
    former: pl.DataFrame
    merged: pl.DataFrame


def _look(conn: Connection, province: dict[str, Any], decided: bool) -> _Found:
    """Find who could be meant by the cases that were handed over."""
    conn.execute(sql("linkage/index_rest"))
    conn.execute(sql("linkage/plan_for"), {"many": False})
    conn.execute(sql("linkage/find_pairs"), province)
    if decided:
        conn.execute(sql("linkage/drop_forbidden_pairs"))
    conn.execute(sql("linkage/index_pairs"))
    conn.execute(sql("linkage/find_poor"), {"unnamed": UNNAMED})
    conn.execute(sql("linkage/index_poor"))
    conn.execute(sql("linkage/add_born_that_day"), province)
    conn.execute(sql("linkage/add_slipped_days"), province)
    conn.execute(sql("linkage/drop_guardian_pairs"))
    if decided:
        conn.execute(sql("linkage/drop_forbidden_pairs"))
    return _Found(
        _read(conn, "linkage/read_exams", province),
        _read(conn, "linkage/read_pairs", {}),
        _read(conn, "linkage/read_former", {}),
        _read(conn, "linkage/read_merged", {}),
    )


def _weigh(parts: list[_Found], scorer: Future[Scorer] | None, model: Model) -> pl.DataFrame | None:
    """Weigh who may be meant: what is worth showing, and who is believed."""
    import polars as pl

    found = pl.concat(each.pairs for each in parts) if parts else pl.DataFrame()
    if not found.height or scorer is None:
        return None
    former, merged = (pl.concat(getattr(each, name) for each in parts).unique() for name in ("former", "merged"))
    pairs = found.select("encounter_id", "person_id").unique()
    persons = found.drop("encounter_id").unique("person_id").join(former, on="person_id", how="left")
    # Whoever has the number is among those compared.
    owners = persons.select(number="citizen_id", number_household="household").drop_nulls().unique("number", keep="first")
    exams = pl.concat(each.exams for each in parts).join(pairs, on="encounter_id", how="semi")
    exams = exams.join(owners, on="number", how="left")
    return choose(as_one(scorer.result().score(exams, persons, pairs), merged), exams, model)


def _enter(conn: Connection, entered: dict[str, Any], methods: list[str], linked: bool) -> tuple[int, int, int]:
    """Write the links made by these methods: (new entries, new books, entries moved from an exam's earlier version)."""
    moved = conn.execute(sql("linkage/move_entries"), entered).rowcount if linked else 0
    books = conn.execute(sql("linkage/open_books"), {**entered, "methods": methods}).rowcount
    return conn.execute(sql("linkage/insert_entries"), {**entered, "methods": methods}).rowcount, books, moved


def _read(conn: Connection, statement: str, parameters: dict[str, Any]) -> pl.DataFrame:
    """The rows of a statement; ids and sex are numbers, everything else stays text."""
    import polars as pl

    numbers = {"encounter_id": pl.Int64, "person_id": pl.Int64, "kept_person_id": pl.Int64, "sex": pl.Int16}
    compiled = str(sql(statement))
    for name in parameters:
        compiled = compiled.replace(f":{name}", f"%({name})s")
    buffer = io.BytesIO()
    with (
        _unquoted(statement),
        _driver(conn).cursor() as cursor,
        cursor.copy(f"COPY ({compiled}) TO STDOUT (FORMAT csv, HEADER)".encode(), parameters) as out,
    ):
        for block in out:
            buffer.write(block)
    buffer.seek(0)
    frame = pl.read_csv(buffer, infer_schema=False)
    return frame.with_columns(pl.col(name).cast(kind) for name, kind in numbers.items() if name in frame.columns)


@contextmanager
def _unquoted(what: str) -> Iterator[None]:
    """Errors of the driver in here become ones that quote no row."""
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        raise WarehouseError(f"{what}: {type(error).__name__}, SQLSTATE {error.sqlstate}") from None


def _driver(conn: Connection) -> psycopg.Connection[Any]:
    import psycopg

    driver = conn.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver
