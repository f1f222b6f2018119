"""The pages on which an officer decides whose exam it is, and puts right what is in the wrong book.

A case has the record on one side and up to five people on the other; a book can be looked at alone or beside another one.
Plain HTML and forms, without scripts. Whatever is shown, refused or decided stands in the ledger, and an address holds the
numbers of cases and people in the system, nothing else.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple
from urllib.parse import parse_qs

from airflow.configuration import conf
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.concurrency import run_in_threadpool

from sangloc import health_book, provinces
from sangloc.errors import RefusedInputError
from sangloc.web import pages
from sangloc.web.access import allowed

PER_PAGE = 50
# How long a page may be looked at before its answer is refused, in seconds.
PATIENCE = 3600
MOST_BYTES = 4096


class Asked(NamedTuple):
    """A request of somebody who may make it, and the provinces they may make it about."""

    request: Request
    name: str
    slugs: frozenset[str]


PAGES = pages.Pages("review", "Liên kết sổ sức khỏe", {"Trường hợp chờ quyết định": "", "Tìm sổ của một người": "books"})
Action = Literal["GET", "PUT"]
Kind = Literal["review", "person"]


def make_app() -> FastAPI:
    """The application, to be mounted into Airflow's; without pages that describe it."""
    app = pages.make_app(PAGES)
    app.add_api_route("/", waiting, methods=["GET"], response_class=HTMLResponse)
    app.add_api_route("/{review_id:int}", show, methods=["GET"], response_class=HTMLResponse)
    app.add_api_route("/{review_id:int}", answer, methods=["POST"])
    app.add_api_route("/books", ask, methods=["GET"], response_class=HTMLResponse)
    app.add_api_route("/books", find, methods=["POST"], response_class=HTMLResponse)
    app.add_api_route("/books/{person_id:int}", look, methods=["GET"], response_class=HTMLResponse)
    app.add_api_route("/books/{person_id:int}", mend, methods=["POST"])
    return app


async def _seer(request: Request, user: pages.User) -> Asked:
    return await run_in_threadpool(_permitted, request, user, "GET")


async def _decider(request: Request, user: pages.User) -> Asked:
    return await run_in_threadpool(_permitted, request, user, "PUT")


def _permitted(request: Request, user: Any, action: Action) -> Asked:
    """Who asks, if they may ask about the case or the people that the address names.

    Raises:
        HTTPException: 403 when they may not, 404 at a number that is none.
    """
    review = int(request.path_params.get("review_id", 0))
    people = [int(request.path_params.get("person_id", 0)), pages.number(request.query_params.get("with", ""))]
    if max(review, *people) > pages.LAST:
        raise HTTPException(404)
    asked = Asked(request, user.get_name(), allowed(user, action))
    named: list[tuple[Kind, int]] = [("review", review), *(("person", person) for person in people)]
    for kind, number in named:
        if number and not _may(asked, kind, number):
            health_book.note_view(kind, number, asked.name, "refused")
            raise HTTPException(403)
    if not asked.slugs:
        raise HTTPException(403)
    return asked


def _may(asked: Asked, kind: Kind, number: int) -> bool:
    if not asked.slugs:
        return False
    slug = health_book.province_of_case(number) if kind == "review" else health_book.province_of_person(number)
    # What does not exist is refused as such when it is looked for.
    return slug is None or slug in asked.slugs


Seer = Annotated[Asked, Depends(_seer)]
Decider = Annotated[Asked, Depends(_decider)]


def waiting(asked: Seer, page: int = 1, province: str = "", reason: str = "", everyone: bool = False) -> Any:
    """The list of cases: numbers, sources and reasons, nothing about people."""
    page = min(max(page, 1), 100_000)
    known = {slug: provinces.load(slug).name for slug in sorted(asked.slugs)}
    cases, total = health_book.waiting(
        slugs=[province] if province in known else asked.slugs,
        reason=reason if reason in PAGES.words["reasons"] else None,
        with_candidates=not everyone,
        most=PER_PAGE,
        skipped=(page - 1) * PER_PAGE,
    )
    chosen = {"province": province, "reason": reason, "everyone": everyone}
    return PAGES.page(
        asked.request,
        "list.html",
        cases=cases,
        total=total,
        page=page,
        pages=max(-(-total // PER_PAGE), 1),
        provinces=known,
        chosen=chosen,
        done=pages.number(asked.request.query_params.get("done", "")),
    )


def show(review_id: int, asked: Seer) -> Any:
    """One case with both sides. Who looks stands in the ledger before anything is shown."""
    health_book.note_view("review", review_id, asked.name)
    return _case(asked, review_id)


async def answer(review_id: int, asked: Decider) -> Any:
    """An officer's decision; the form's token says who was shown what."""
    form = await _form(asked.request)
    seen = _seen(form, asked.name, f"review-{review_id}")
    await run_in_threadpool(_decide, review_id, form.get("answer", [""])[-1], asked.name, seen)
    return _go(asked.request, f"?done={review_id}")


def ask(asked: Seer) -> Any:
    """The form that finds a book."""
    beside = pages.number(asked.request.query_params.get("with", ""))
    return PAGES.page(asked.request, "find.html", found=None, beside=beside)


async def find(asked: Seer) -> Any:
    """The people that a number may mean. The number comes in the body, so that no address and no log holds it."""
    form = await _form(asked.request)
    number = "".join(form.get("number", [""])[-1].split())
    beside = pages.number(form.get("with", [""])[-1])
    found = []
    if number.isascii() and number.isdigit() and len(number) <= 12:
        found = await run_in_threadpool(health_book.find_people, number, asked.slugs)
    await run_in_threadpool(health_book.note_search, asked.name, len(found))
    others = [one for one in found if one.person_id != beside]
    if len(others) == 1:
        (other,) = others
        return _go(asked.request, f"books/{beside}?with={other.person_id}" if beside else f"books/{other.person_id}")
    return PAGES.page(asked.request, "find.html", found=others, beside=beside)


def look(person_id: int, asked: Seer) -> Any:
    """A person's book, alone or beside another one. Who looks stands in the ledger before anything is shown."""
    other = pages.number(asked.request.query_params.get("with", ""))
    for person in filter(None, (person_id, other)):
        health_book.note_view("person", person, asked.name)
    one, two, agreement = _books(person_id, other)
    token = _signer().dumps({"by": asked.name, "of": f"person-{person_id}-{other}", "seen": _looked(one, two)})
    done = asked.request.query_params.get("done", "") == "1"
    return PAGES.page(asked.request, "book.html", book=one, other=two, agreement=agreement, token=token, done=done)


async def mend(person_id: int, asked: Decider) -> Any:
    """An exam taken out of a book, or moved into the other one, or two people made one or two again."""
    other = pages.number(asked.request.query_params.get("with", ""))
    form = await _form(asked.request)
    seen = _seen(form, asked.name, f"person-{person_id}-{other}")
    exams = [int(one) for one in form.get("exam", []) if pages.number(one)]
    chosen = form.get("answer", [""])[-1]
    review = await run_in_threadpool(_mend, person_id, other, chosen, exams, asked.name, seen)
    return _go(asked.request, str(review) if review else f"books/{person_id}?done=1" + (f"&with={other}" if other else ""))


def _mend(person_id: int, other: int, chosen: str, exams: list[int], by: str, seen: str) -> int | None:
    """Returns the case to look at next, if there is one."""
    one, two, _ = _books(person_id, other)
    if seen != _looked(one, two):
        raise RefusedInputError(f"the book of person {person_id} has changed since it was shown; look at it again")
    if any(exam not in [known.encounter_id for known in one.exams] for exam in exams):
        raise HTTPException(400)
    if chosen == "unlink" and len(exams) == 1:
        return health_book.unlink(exams[0], by, person_id)
    if chosen == "move" and two and exams and other not in one.dropped_person_ids:
        health_book.split_person(person_id, other, by, exams)
    elif chosen == "merge" and two:
        health_book.merge_people(person_id, other, by)
    elif chosen == "split" and two:
        health_book.split_person(person_id, other, by)
    else:
        raise HTTPException(400)
    return None


def _books(person_id: int, other: int) -> tuple[health_book.Book, health_book.Book | None, Any]:
    return health_book.beside(person_id, other) if other else (health_book.book(person_id), None, [])


def _looked(*books: health_book.Book | None) -> str:
    """What an officer looked at: the people as they were, and what was in their books."""
    told = [[one.record, one.dropped_person_ids, [exam.encounter_id for exam in one.exams]] for one in books if one]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:24]


async def _form(request: Request) -> dict[str, list[str]]:
    """What a form of ours was sent with.

    Raises:
        HTTPException: 403 when a page of somebody else sent it, 413 when it is too long.
    """
    # Browsers say where a form stands; its token is checked whether they do or not.
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise HTTPException(403)
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise HTTPException(413)
    return parse_qs(body.decode("utf-8", "replace"))


def _go(request: Request, where: str) -> RedirectResponse:
    return RedirectResponse(f"{request.scope.get('root_path', '')}/{where}", status_code=303)


def _decide(review_id: int, chosen: str, by: str, seen: str) -> None:
    """`chosen`: an answer, with the person's number where it is about one (`link-7`)."""
    what, _, person = chosen.partition("-")
    about = pages.number(person) or None
    if person and about is None:
        raise HTTPException(400)
    if what == "reopen":
        health_book.reopen(review_id, by, seen)
    elif what == "unlink":
        found = health_book.case(review_id)
        if found.seen != seen or found.state != "linked":
            raise RefusedInputError(f"case {review_id} has changed since it was shown; look at it again")
        health_book.unlink(found.encounter_id, by)
    elif what in ("link", "not_the_same", "new_person") and (about is not None or what != "link"):
        health_book.decide(review_id, what, by, about, seen)  # type: ignore[arg-type]
    else:
        raise HTTPException(400)


def _case(asked: Asked, review_id: int) -> HTMLResponse:
    found = health_book.case(review_id)
    token = _signer().dumps({"by": asked.name, "of": f"review-{review_id}", "seen": found.seen})
    return PAGES.page(asked.request, "case.html", case=found, token=token)


def _seen(form: dict[str, list[str]], by: str, of: str) -> str:
    try:
        told = _signer().loads(form.get("token", [""])[-1], max_age=PATIENCE)
    except BadSignature:
        raise HTTPException(403) from None
    if (told["by"], told["of"]) != (by, of):
        raise HTTPException(403)
    return str(told["seen"])


@cache
def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(conf.get_mandatory_value("api", "secret_key"), salt="sangloc.review")
