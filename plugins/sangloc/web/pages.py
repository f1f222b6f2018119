"""What all pages inside Airflow have in common: templates, words, refusals, and nothing that a browser would run."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any

import yaml
from airflow.api_fastapi.core_api.security import get_user
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sangloc import settings
from sangloc.clock import VIETNAM
from sangloc.errors import RefusedInputError, SanglocError, WarehouseError

# The highest number the database can give anything.
LAST = 2**63 - 1
User = Annotated[Any, Depends(get_user)]


def make_app(pages: Pages) -> FastAPI:
    """An application for pages, to be mounted into Airflow's; without pages that describe it."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_exception_handler(HTTPException, pages.refused)
    app.add_exception_handler(SanglocError, pages.failed)
    return app


def number(text: str) -> int:
    """A number of the system, 0 for whatever is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def moment(instant: datetime) -> str:
    """An instant in Vietnam time, as wide as every other one."""
    return instant.astimezone(VIETNAM).strftime("%H:%M %d/%m/%Y")


def day(value: date) -> str:
    """A day, as wide as every other one."""
    return value.strftime("%d/%m/%Y")


@dataclass(frozen=True)
class Pages:
    """Pages of one subject.

    Attributes:
        folder: of their templates and words in `include/templates/web`.
        site: what they are called together.
        menu: names and addresses, below the application's own, of what every page leads to.
    """

    folder: str
    site: str
    menu: dict[str, str]

    @property
    def words(self) -> dict[str, Any]:
        """What codes are called on these pages."""
        return _words(self.folder)

    def page(self, request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """A page from a template."""
        nonce = secrets.token_urlsafe(16)
        home = request.scope.get("root_path", "") + "/"
        common = {"nonce": nonce, "home": home, "words": self.words, "site": self.site, "menu": self.menu}
        text = _templates(self.folder).get_template(template).render(common | values)
        policy = f"default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self'; frame-ancestors 'self'; base-uri 'none'"
        return HTMLResponse(text, status, headers={"content-security-policy": policy})

    async def refused(self, request: Request, error: Any) -> HTMLResponse:
        """The page for what is not allowed or not there."""
        known = self.words["problems"]
        return self.page(request, "problem.html", error.status_code, problem=known.get(error.status_code, known["other"]))

    async def failed(self, request: Request, error: Any) -> HTMLResponse:
        """The page for what went wrong; messages may name what an officer has no use for, so none of them leaves."""
        status = 409 if isinstance(error, RefusedInputError) else 503 if isinstance(error, WarehouseError) else 500
        return self.page(request, "problem.html", status, problem=self.words["problems"][status])


@cache
def _words(folder: str) -> dict[str, Any]:
    path = settings.include() / "templates" / "web" / folder / "words.yaml"
    words: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return words


@cache
def _templates(folder: str) -> Environment:
    root = settings.include() / "templates" / "web"
    made = Environment(loader=FileSystemLoader([root / folder, root]), autoescape=True, undefined=StrictUndefined)
    made.filters |= {"moment": moment, "day": day}
    return made
