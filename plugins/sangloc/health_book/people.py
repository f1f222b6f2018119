"""Two people who are one, and one who is two: their books follow."""

from __future__ import annotations

from collections.abc import Iterable

from sangloc import audit, clock
from sangloc.errors import RefusedInputError
from sangloc.health_book.decisions import IDENTITY, METHOD, _sql, add_candidates, changing
from sangloc.health_book.ledger import event


def merge_people(keep: int, drop: int, by: str) -> int:
    """Two ids of the roster are one human being: all exams are in `keep`'s book from now on, later ones too.

    The rows of the roster stay as the communes' lists say (which of two listings counts is the roster's matter); the
    dropped person's book stays, empty. Whoever was merged into `drop` before belongs to `keep` now. Open cases show `keep`.

    Args:
        keep: the person whose book it will be; of somebody who was dropped before, the person who stands for him.
        drop: the other one.
        by: the officer's user name.

    Returns:
        How many entries came into `keep`'s book.

    Raises:
        RefusedInputError: when the ids are not two people of one province, they are one already, or an officer decided
            that an exam of the one is not the other's.
        WarehouseError: as `decide`.
    """
    with changing("province_of_people", {"one": keep, "other": drop}, by, "merged") as conn:
        province = conn.execute(_sql("province_of_people"), {"one": keep, "other": drop}).scalar_one()
        place = {"province_code": province, "now": clock.now()}
        kept, dropped = (
            int(conn.execute(_sql("known_person"), place | {"person_id": one}).scalar_one()) for one in (keep, drop)
        )
        if kept == dropped:
            raise RefusedInputError("these two are one person already")
        pair = {"kept": kept, "dropped": dropped}
        if against := conn.execute(_sql("forbidden_by_merge"), pair).scalar_one():
            raise RefusedInputError(
                f"{against} exams of the one are by decision not the other's; take those decisions back first"
            )
        merge = conn.execute(_sql("add_merge"), place | pair | {"by": by}).scalar_one()
        conn.execute(_sql("open_book"), place | {"person_id": kept})
        moved = conn.execute(_sql("move_book"), pair).rowcount
        conn.execute(_sql("merge_candidates"), place | pair)
        audit.seal(conn, event(by, "merge_people", "merged", f"merge-{merge}", province=province, entries=moved, **pair))
    return moved


def split_person(person_id: int, into: int, by: str, encounter_ids: Iterable[int] = ()) -> int:
    """What is in one person's book is in part somebody else's: those exams move into `into`'s book.

    Without exams named it takes a merge back: what had come from `into`'s book returns to it, whoever had been merged into
    `into` before is `into`'s again, and so are later exams of both. Named exams move by decision, which stands for ever like
    that of a case.

    Args:
        person_id: whose book it is now.
        into: the other person; on the roster or with a book.
        by: the officer's user name.
        encounter_ids: exams, any version of each, that are `into`'s.

    Returns:
        How many entries moved.

    Raises:
        RefusedInputError: when the ids are not two people of one province, a named exam is not in the book, or none is
            named and the two were never merged.
        WarehouseError: as `decide`.
    """
    with changing("province_of_people", {"one": person_id, "other": into}, by, "split") as conn:
        province = conn.execute(_sql("province_of_people"), {"one": person_id, "other": into}).scalar_one()
        now = clock.now()
        place = {"province_code": province, "now": now}
        merged = conn.execute(_sql("merge_row"), {"dropped": into}).one_or_none()
        named = list(encounter_ids)
        if merged is not None and merged.kept_person_id != person_id:
            raise RefusedInputError(f"person {into} was merged into another person than {person_id}; split that one")
        if merged is None and not named:
            raise RefusedInputError(f"persons {person_id} and {into} were not merged; name the exams that move")
        moved = 0
        if merged is not None:
            conn.execute(_sql("end_merge"), {"merge_id": merged.merge_id, "by": by, "now": now})
        conn.execute(_sql("open_book"), place | {"person_id": into})
        if merged is not None:
            moved += conn.execute(_sql("move_back"), {"kept": person_id, "dropped": into}).rowcount
        for encounter in named:
            found = conn.execute(_sql("find_entry"), {"encounter_id": encounter}).one_or_none()
            if found is not None and merged is not None and found.person_id == into:
                continue
            if found is None or found.person_id != person_id:
                raise RefusedInputError(f"exam {encounter} is not in the book of person {person_id}")
            values = {name: getattr(found, name) for name in (*IDENTITY, "encounter_id", "version")}
            decision = conn.execute(
                _sql("add_decision"),
                place
                | values
                | {
                    "review_id": None,
                    "answer": "split",
                    "reason_code": found.method,
                    "model_version": found.model_version,
                    "by": by,
                },
            ).scalar_one()
            shown = [{"person_id": person_id, "place": 1, "probability": found.match_probability}]
            add_candidates(conn, decision, shown, {person_id: "not_the_same", into: "same"})
            moved += conn.execute(
                _sql("move_entry"),
                {
                    "entry_id": found.entry_id,
                    "person_id": into,
                    "method": METHOD,
                    "now": now,
                    "run_id": f"decision-{decision}",
                },
            ).rowcount
        facts = {"province": province, "entries": moved, "person": person_id, "into": into}
        audit.seal(conn, event(by, "split_person", "split", f"person-{person_id}", **facts))
    return moved
