"""The page on which an officer decides whose exam it is: the record on one side, up to five people on the other.

Plain HTML and forms, without scripts. Every case that is shown, refused or decided stands in the ledger.
"""

from __future__ import annotations

import secrets
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple
from urllib.parse import parse_qs

import yaml
from airflow.api_fastapi.core_api.security import get_user
from airflow.configuration import conf
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from itsdangerous import BadSignature, URLSafeTimedSerializer
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool

from sangloc import health_book, provinces, settings
from sangloc.clock import VIETNAM
from sangloc.errors import RefusedInputError, SanglocError, WarehouseError
from sangloc.web.access import allowed

PER_PAGE = 50
# How long a page may be looked at before its answer is refused, in seconds.
PATIENCE = 3600
MOST_BYTES = 4096
# The highest number the database can give a case.
LAST = 2**63 - 1


class Asked(NamedTuple):
    """A request of somebody who may make it."""

    request: Request
    name: str


User = Annotated[Any, Depends(get_user)]


def make_app() -> FastAPI:
    """The application, to be mounted into Airflow's; without pages that describe it."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_api_route("/", waiting, methods=["GET"], response_class=HTMLResponse)
    app.add_api_route("/{review_id:int}", show, methods=["GET"], response_class=HTMLResponse)
    app.add_api_route("/{review_id:int}", answer, methods=["POST"])
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(SanglocError, _failed)
    return app


async def _seer(request: Request, user: User) -> Asked:
    return await _permitted(request, user, "GET")


async def _decider(request: Request, user: User) -> Asked:
    return await _permitted(request, user, "PUT")


async def _permitted(request: Request, user: Any, action: Literal["GET", "PUT"]) -> Asked:
    review = int(request.path_params.get("review_id", 0))
    if review > LAST:
        raise HTTPException(404)
    if await run_in_threadpool(allowed, user, action):
        return Asked(request, user.get_name())
    if review:
        await run_in_threadpool(health_book.note_view, review, user.get_name(), "refused")
    raise HTTPException(403)


Seer = Annotated[Asked, Depends(_seer)]
Decider = Annotated[Asked, Depends(_decider)]


def waiting(asked: Seer, page: int = 1, province: str = "", reason: str = "", everyone: bool = False) -> Any:
    """The list of cases: numbers, sources and reasons, nothing about people."""
    page = min(max(page, 1), 100_000)
    known = {slug: provinces.load(slug).name for slug in provinces.slugs()}
    cases, total = health_book.waiting(
        slug=province if province in known else None,
        reason=reason or None,
        with_candidates=not everyone,
        most=PER_PAGE,
        skipped=(page - 1) * PER_PAGE,
    )
    chosen = {"province": province, "reason": reason, "everyone": everyone}
    return _page(
        asked.request,
        "list.html",
        cases=cases,
        total=total,
        page=page,
        pages=max(-(-total // PER_PAGE), 1),
        provinces=known,
        chosen=chosen,
        done=asked.request.query_params.get("done", ""),
    )


def show(review_id: int, asked: Seer) -> Any:
    """One case with both sides. Who looks stands in the ledger before anything is shown."""
    health_book.note_view(review_id, asked.name)
    return _case(asked, review_id)


async def answer(review_id: int, asked: Decider) -> Any:
    """An officer's decision; the form's token says who was shown what."""
    # Browsers say where a form stands; its token is checked whether they do or not.
    if asked.request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise HTTPException(403)
    body = bytearray()
    async for part in asked.request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise HTTPException(413)
    form = {name: values[-1] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
    seen = _seen(form.get("token", ""), asked.name, review_id)
    await run_in_threadpool(_decide, review_id, form.get("answer", ""), asked.name, seen)
    return RedirectResponse(f"{asked.request.scope.get('root_path', '')}/?done={review_id}", status_code=303)


def _decide(review_id: int, chosen: str, by: str, seen: str) -> None:
    """`chosen`: an answer, with the person's number where it is about one (`link-7`)."""
    what, _, person = chosen.partition("-")
    about = int(person) if person.isascii() and person.isdigit() and len(person) < 19 else None
    if what == "reopen":
        health_book.reopen(review_id, by)
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
    token = _signer().dumps({"by": asked.name, "review": review_id, "seen": found.seen})
    return _page(asked.request, "case.html", case=found, token=token)


def _seen(token: str, by: str, review_id: int) -> str:
    try:
        told = _signer().loads(token, max_age=PATIENCE)
    except BadSignature:
        raise HTTPException(403) from None
    if told["by"] != by or told["review"] != review_id:
        raise HTTPException(403)
    return str(told["seen"])


@cache
def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(conf.get_mandatory_value("api", "secret_key"), salt="sangloc.review")


def _page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    nonce = secrets.token_urlsafe(16)
    home = request.scope.get("root_path", "") + "/"
    text = _templates().get_template(template).render(nonce=nonce, home=home, words=_words(), **values)
    policy = f"default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self'; frame-ancestors 'self'; base-uri 'none'"
    return HTMLResponse(text, status, headers={"content-security-policy": policy})


async def _refused(request: Request, error: Any) -> HTMLResponse:
    known = _words()["problems"]
    return _page(request, "problem.html", error.status_code, problem=known.get(error.status_code, known["other"]))


async def _failed(request: Request, error: Any) -> HTMLResponse:
    """Only what the case's number says leaves: messages may name what an officer has no use for."""
    status = 409 if isinstance(error, RefusedInputError) else 503 if isinstance(error, WarehouseError) else 500
    return _page(request, "problem.html", status, problem=_words()["problems"][status])


@cache
def _words() -> dict[str, Any]:
    """What codes are called on the page."""
    path = settings.include() / "templates" / "web" / "words.yaml"
    words: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return words


@cache
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(settings.include() / "templates" / "web"), autoescape=True, undefined=StrictUndefined
    )
    made.filters["moment"] = lambda value: value.astimezone(VIETNAM).strftime("%H:%M %d/%m/%Y")
    made.filters["day"] = lambda value: value.strftime("%d/%m/%Y")
    return made
