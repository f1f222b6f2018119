"""Links that are certain by rule; everything else waits for a person's decision."""

from __future__ import annotations

from sangloc import audit, clock, provinces
from sangloc.warehouse import advisory_lock, sql, transaction

METHOD = "identifier_birth_name"
MODEL_VERSION = "rules-1"


def link(slug: str, run_id: str) -> dict[str, int]:
    """Put every current exam of a province into a health book, or before a person.

    An exam is linked only when its personal number is one that exactly one person of the roster has or had, birth
    date (known to the day on both sides) and name key agree, and the number is not a guardian's. Never on the number
    alone: records of children may carry a parent's. Everything else goes to `health_book.review` with up to five
    candidates and a reason, and is looked at again in every run, because roster and exams come in any order. What a
    person decided stays. The entry of an exam that was sent again in a newer version moves to that version if it
    still links to the same person, or if a person made it and nothing about the identity changed. Every run checks the
    entries made by the rule again: one whose person is on the roster and does not meet the rule any more (number, birth
    date or name corrected, or a second person in full agreement) is removed and its exam looked at as if it were new.
    Whoever left the roster keeps book and entries.

    Args:
        slug: the province's folder name.
        run_id: the DAG run, written to new entries.

    Returns:
        Counts for the province as it stands: `encounters` (current), `linked`, `in_review`, `books`; and for this
        run: `new_links`, `new_reviews`, `no_longer_agrees` (entries removed because their person does not meet the rule
        any more), `changed` (rows of entry and review written or removed).
    """
    province = {"province_code": provinces.load(slug).code}
    stamp = {**province, "now": clock.now()}
    entry = {**stamp, "run_id": run_id, "method": METHOD, "model_version": MODEL_VERSION}
    with transaction() as conn:
        advisory_lock(conn, f"health_book:{province['province_code']}")
        changed = conn.execute(sql("linkage/carry_decisions"), province).rowcount
        changed += conn.execute(sql("linkage/carry_entries"), entry).rowcount
        removed = conn.execute(sql("linkage/remove_disagreeing"), {**province, "method": METHOD}).rowcount
        conn.execute(sql("linkage/find_cases"), province)
        conn.execute(sql("linkage/index_cases"))
        conn.execute(sql("linkage/find_matches"), province)
        conn.execute(sql("linkage/find_links"))
        changed += conn.execute(sql("linkage/move_entries"), entry).rowcount
        changed += conn.execute(sql("linkage/remove_entries"), province).rowcount
        conn.execute(sql("linkage/open_books"), stamp)
        new_links = conn.execute(sql("linkage/insert_entries"), entry).rowcount
        conn.execute(sql("linkage/find_reviews"))
        new_reviews = conn.execute(sql("linkage/insert_reviews"), stamp).rowcount
        changed += conn.execute(sql("linkage/update_reviews"), province).rowcount
        changed += conn.execute(sql("linkage/close_reviews"), province).rowcount
        state = conn.execute(sql("linkage/state"), province).one()
    counts = {
        **{key: int(value) for key, value in state._mapping.items()},
        "new_links": new_links,
        "new_reviews": new_reviews,
        "no_longer_agrees": removed,
        "changed": changed + new_links + new_reviews + removed,
    }
    audit.note(rows=counts)
    return counts
