"""A book for everyone on the roster: the yearly run "lập sổ cho toàn dân"."""

from __future__ import annotations

from sangloc import audit, clock, provinces


def open_books(slug: str, commune_code: str, run_id: str) -> dict[str, int]:
    """Open a book for everyone on a commune's roster who has none.

    Nobody gets a second book, whoever moved here brings theirs along, and whoever was merged into another person has that
    person's. Running it again opens books for newcomers only.

    Args:
        slug: the province's folder name.
        commune_code: five digits.
        run_id: the DAG run, kept with the commune's counts.

    Returns:
        `opened`: how many first books.

    Raises:
        WarehouseError: when the database refuses a statement.
    """
    from sangloc.warehouse import advisory_lock, sql, transaction

    province = provinces.load(slug).code
    place = {"province_code": province, "commune_code": commune_code, "now": clock.now()}
    with transaction() as conn:
        advisory_lock(conn, f"health_book.creation:{commune_code}")
        # Communes at the same time; linkage only while it does not write books.
        advisory_lock(conn, f"health_book.books:{province}", shared=True)
        opened = conn.execute(sql("health_book/open_books"), place).rowcount
        conn.execute(
            sql("health_book/note_creation"),
            place | {"year": clock.today().year, "opened": opened, "run_id": run_id},
        )
    audit.note(rows={"books_opened": opened})
    return {"opened": opened}


def summarise_creation(slug: str, run_id: str) -> dict[str, int]:
    """What the yearly run opened in a province.

    Args:
        slug: the province's folder name.
        run_id: the DAG run.

    Returns:
        `opened_this_year` (first books of this calendar year by this way), `communes_changed` (by this run) and `books`.
    """
    from sangloc.warehouse import sql, transaction

    values = {"province_code": provinces.load(slug).code, "year": clock.today().year, "run_id": run_id}
    with transaction() as conn:
        row = conn.execute(sql("health_book/creation_summary"), values).one()
    counts = {name: int(value) for name, value in row._mapping.items()}
    audit.note(rows=counts)
    return counts
