"""What an officer decides about a case, kept for ever and respected by every later linkage; and taking a link back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from sangloc import audit, clock
from sangloc.errors import RefusedInputError
from sangloc.health_book.ledger import event

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

# The method of entries that a person made; linkage leaves them alone.
METHOD = "officer"
# What the versions of an exam have in common.
IDENTITY = ("province_code", "facility_code", "ma_lk", "source_class")

Answer = Literal["link", "not_the_same", "new_person"]
_STATES = {"link": "linked", "not_the_same": "not_the_same", "new_person": "new_person"}


def decide(review_id: int, answer: Answer, by: str, person_id: int | None = None, seen: str | None = None) -> str:
    """Record an officer's decision about a case and carry it out.

    * `link`: the exam goes into the book of `person_id`, one of the people shown with the case. A book is opened if there
      is none.
    * `not_the_same`: the exam is not `person_id`'s, or, without one, nobody's of those shown. The pairs stand in
      `health_book.never` from now on, for every version of the exam. The case stays open while candidates are left.
    * `new_person`: whoever was examined is not on the roster; nobody of those shown is meant. Nothing is said about
      candidates who have left the roster: the page does not show them.

    The decision is kept with what was shown: the version of the exam, each candidate's state on the roster, place and
    probability, and the model. A later decision about the same pair goes before an earlier one.

    Args:
        review_id: the case, `health_book.review`.
        answer: what the officer says.
        by: the officer's user name.
        person_id: the candidate; required for `link`, none for `new_person`.
        seen: `Case.seen` of the page the officer answered on.

    Returns:
        The case's state afterwards: open, linked, not_the_same or new_person.

    Raises:
        RefusedInputError: when there is no such open case, the person was not shown with it, or the case has changed since
            the officer saw it. Nothing is changed then.
        WarehouseError: when a linkage that is running holds the province for longer than 10 s, or the database refuses.
    """
    with changing_review(review_id, by, "unlinked") as (conn, found):
        if found.state != "open" or not found.is_current:
            raise RefusedInputError(f"case {review_id} does not wait for a decision any more ({found.state})")
        shown = [dict(row) for row in conn.execute(_sql("shown"), {"review_id": review_id}).mappings()]
        if seen is not None and seen != fingerprint(found, shown):
            raise RefusedInputError(f"case {review_id} has changed since it was shown; look at it again")
        # Who has left the roster was not on the page: nothing was said about them.
        present = {one["person_id"] for one in shown if one["refresh_id"] is not None}
        candidates = [one for one in found.candidate_person_ids if one in present]
        judged = _judged(review_id, answer, person_id, candidates, shown)
        left = [one for one in found.candidate_person_ids if answer == "not_the_same" and one not in judged]
        state = "open" if present.intersection(left) else _STATES[answer]
        verdict = "same" if answer == "link" else "not_the_same"
        known = _record(conn, found, answer, by, shown, dict.fromkeys(judged, verdict))
        if answer == "link":
            _link(conn, found, judged[0], review_id, known)
        settled = left if state == "open" else list(found.candidate_person_ids)
        _settle(conn, review_id, state, settled, by if state != "open" else None)
        audit.seal(conn, event(by, "decide", answer, f"review-{review_id}", **known))
    return state


def reopen(review_id: int, by: str, seen: str | None = None) -> None:
    """Take an officer's answer "not the same" or "new person" back: the case waits again, and its pairs may be linked.

    Both decisions are kept. A link is taken back by `unlink`.

    Args:
        review_id: the case.
        by: the officer's user name.
        seen: `Case.seen` of the page the officer answered on.

    Raises:
        RefusedInputError: when there is no such case, it has no such answer, or it has changed since the officer saw it.
        WarehouseError: as `decide`.
    """
    with changing_review(review_id, by, "unlinked") as (conn, found):
        shown = [dict(row) for row in conn.execute(_sql("shown"), {"review_id": review_id}).mappings()]
        if seen is not None and seen != fingerprint(found, shown):
            raise RefusedInputError(f"case {review_id} has changed since it was shown; look at it again")
        forbidden = _forbidden(conn, found)
        nothing = found.state == "open" and not forbidden
        if nothing or found.state not in ("open", "not_the_same", "new_person") or not found.is_current:
            raise RefusedInputError(f"case {review_id} has no answer that could be taken back ({found.state})")
        known = _record(conn, found, "reopen", by, shown, dict.fromkeys(sorted(forbidden), "undecided"))
        again = [one for one in sorted(forbidden) if one not in found.candidate_person_ids]
        _settle(conn, review_id, "open", [*found.candidate_person_ids, *again], None)
        audit.seal(conn, event(by, "reopen", "open", f"review-{review_id}", **known))


def unlink(encounter_id: int, by: str, person_id: int | None = None) -> int:
    """Take an exam out of the book it is in; it waits for a decision again and never returns by itself.

    The entry stays in `health_book.entry_history` with who took it out; linking the exam again makes a new entry.

    Args:
        encounter_id: any version of the exam.
        by: the officer's user name.
        person_id: in whose book the officer saw it.

    Returns:
        The number of the case that is open now.

    Raises:
        RefusedInputError: when the exam is in no book, or in another person's by now.
        WarehouseError: as `decide`.
    """
    with changing("province_of_encounter", {"encounter_id": encounter_id}, by, "unlinked") as conn:
        found = conn.execute(_sql("find_entry"), {"encounter_id": encounter_id}).one_or_none()
        if found is None:
            raise RefusedInputError(f"exam {encounter_id} is in no health book")
        if person_id not in (None, found.person_id):
            raise RefusedInputError(f"exam {encounter_id} is not in the book of person {person_id} any more")
        now = clock.now()
        review = conn.execute(
            _sql("reopen_review"),
            {
                "encounter_id": found.encounter_id,
                "province_code": found.province_code,
                "person_id": found.person_id,
                "now": now,
            },
        ).scalar_one()
        shown = [
            {
                "person_id": found.person_id,
                "place": 1,
                "probability": found.match_probability,
                "model_version": found.model_version,
            }
        ]
        told = {**found._mapping, "reason_code": found.method, "review_id": review}
        known = _record(conn, told, "unlink", by, shown, {found.person_id: "not_the_same"})
        conn.execute(_sql("remove_entry"), {"entry_id": found.entry_id})
        audit.seal(conn, event(by, "unlink", "open", f"review-{review}", **known))
    return int(review)


@contextmanager
def changing_review(review_id: int, by: str, reason: str) -> Iterator[tuple[Connection, Row[Any]]]:
    """As `changing`, with the case itself, held until the end.

    Raises:
        RefusedInputError: when there is no such case.
    """
    with changing("province_of_review", {"review_id": review_id}, by, reason) as conn:
        yield conn, conn.execute(_sql("lock_case"), {"review_id": review_id}).one()


@contextmanager
def changing(province_of: str, key: Mapping[str, int], by: str, reason: str) -> Iterator[Connection]:
    """One transaction under the province's lock, which every linkage takes too.

    Args:
        province_of: the statement that finds the province.
        key: its parameters, for the message too.
        by: user name, for the history of entries.
        reason: why entries end that are moved or removed.

    Raises:
        RefusedInputError: when the statement finds no province.
    """
    from sangloc.warehouse import advisory_lock, transaction

    with transaction() as conn:
        conn.execute(_sql("act_as"), {"by": by, "reason": reason, "now": clock.now().isoformat()})
        province = conn.execute(_sql(province_of), key).scalar()
        if province is None:
            named = ", ".join(f"{name} {value}" for name, value in key.items())
            raise RefusedInputError(f"there is nothing of one province with {named}")
        advisory_lock(conn, f"health_book:{province}")
        yield conn


def fingerprint(found: Any, shown: list[dict[str, Any]]) -> str:
    """What an officer looked at: the exam's version, the case's state, and everybody shown with the state each was in."""
    import hashlib

    parts = [
        str(found.encounter_id),
        found.state,
        *(f"{one['person_id']}/{one['refresh_id']}/{one['excluded']}" for one in shown),
    ]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:24]


def add_candidates(conn: Connection, decision_id: int, shown: list[dict[str, Any]], verdicts: Mapping[int, str]) -> None:
    """Keep everybody who was shown with a decision, and what it said about each."""
    places = {one["person_id"]: one for one in shown}
    for person in {**places, **dict.fromkeys(verdicts)}:
        one = places.get(person, {})
        conn.execute(
            _sql("add_decision_candidate"),
            {
                "decision_id": decision_id,
                "person_id": person,
                "place": one.get("place"),
                "probability": one.get("probability"),
                "verdict": verdicts.get(person),
            },
        )


def _judged(
    review_id: int, answer: Answer, person_id: int | None, candidates: list[int], shown: list[dict[str, Any]]
) -> list[int]:
    """Who the answer is about."""
    if answer == "new_person" or (answer == "not_the_same" and person_id is None):
        if person_id is not None:
            raise RefusedInputError(f"case {review_id}: {answer} is said of nobody in particular")
        return candidates
    # Whom an officer excluded may be linked after all, but not be excluded again.
    if person_id is None or person_id not in (candidates if answer == "not_the_same" else [one["person_id"] for one in shown]):
        raise RefusedInputError(f"case {review_id}: expected one of the people shown with it")
    return [person_id]


def _record(
    conn: Connection, found: Any, answer: str, by: str, shown: list[dict[str, Any]], verdicts: Mapping[int, str]
) -> dict[str, Any]:
    row = found if isinstance(found, Mapping) else found._mapping
    models = [one["model_version"] for one in shown if one.get("model_version")]
    values = {name: row[name] for name in (*IDENTITY, "review_id", "encounter_id", "version", "reason_code")}
    decision = conn.execute(
        _sql("add_decision"),
        values | {"answer": answer, "by": by, "now": clock.now(), "model_version": models[0] if models else None},
    ).scalar_one()
    add_candidates(conn, decision, shown, verdicts)
    return {
        "decision": int(decision),
        "province": values["province_code"],
        "review": values["review_id"],
        "encounter": values["encounter_id"],
    }


def _link(conn: Connection, found: Any, person_id: int, review_id: int, known: Mapping[str, Any]) -> None:
    place = {"person_id": person_id, "province_code": found.province_code}
    person = conn.execute(_sql("known_person"), place).scalar()
    if person is None:
        raise RefusedInputError(f"case {review_id}: the person shown is not on the roster any more")
    if conn.execute(_sql("find_entry"), {"encounter_id": found.encounter_id}).first() is not None:
        raise RefusedInputError(f"case {review_id}: the exam is in a book already")
    now = clock.now()
    conn.execute(_sql("open_book"), place | {"person_id": person, "now": now})
    conn.execute(
        _sql("add_entry"),
        {
            "person_id": person,
            "encounter_id": found.encounter_id,
            "method": METHOD,
            "model_version": f"decision-{known['decision']}",
            "now": now,
            "run_id": f"review-{review_id}",
        },
    )


def _forbidden(conn: Connection, found: Any) -> set[int]:
    values = {name: getattr(found, name) for name in IDENTITY}
    return set(conn.execute(_sql("forbidden"), values).scalars())


def _settle(conn: Connection, review_id: int, state: str, candidates: list[int], by: str | None) -> None:
    conn.execute(
        _sql("settle_review"),
        {
            "review_id": review_id,
            "state": state,
            "candidates": candidates,
            "decided_by": by,
            "decided_at": clock.now() if by else None,
        },
    )


def _sql(name: str) -> Any:
    from sangloc.warehouse import sql

    return sql(f"health_book/{name}")
