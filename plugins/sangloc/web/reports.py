"""The pages of what a province owes: its year as a calendar, each report's way, documents and figures, the rows behind one.

Who may see a report's DAG may see its page; its figures are those that are published. Rows behind a figure are for who may see
the province's people, and the ledger keeps who looked.
"""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, NamedTuple
from urllib.parse import quote

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from sangloc import clock, deadlines, provinces
from sangloc.clock import VIETNAM
from sangloc.reporting import (
    CERTAINTY,
    COLOURS,
    STANDINGS,
    STATES,
    Submission,
    board,
    document,
    figures_view,
    labels,
    note_refused,
    of_code,
    rows_behind,
    submission_of,
    view,
)
from sangloc.web import REPORTS_PREFIX, REVIEW_PREFIX, pages
from sangloc.web.access import allowed, readable_reports

PAGES = pages.Pages("reports", "Báo cáo và thời hạn", {"Các báo cáo trong năm": ""})
# More rows than this nobody reads on a page; the command writes all of them.
MOST_ROWS = 500
# A day on which several reports are due looks like the one that asks most of the office.
TO_DO = ("before_joining", "in_time", "late", "open", "overdue")
YEARS = range(2026, 2100)
TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class Reader(NamedTuple):
    """A request of somebody, and the obligations whose reports they may see, by province."""

    request: Request
    user: Any
    readable: Mapping[str, frozenset[str]]

    def submission(self, submission_id: int) -> Submission:
        """A report that is theirs to see; 403 for another, before anything of it is read."""
        found = submission_of(submission_id)
        if found.obligation not in self.readable.get(found.slug, ()):
            raise HTTPException(403)
        return found

    def sees_people(self, slug: str) -> bool:
        """Whether they may see the people of a province."""
        return slug in allowed(self.user, "GET")


def make_app() -> FastAPI:
    """The application, to be mounted into Airflow's."""
    app = pages.make_app(PAGES)
    app.add_api_route("/", year, methods=["GET"], response_class=HTMLResponse)
    app.add_api_route("/{submission_id:int}", report, methods=["GET"], response_class=HTMLResponse)
    app.add_api_route("/{submission_id:int}/documents/{document_id:int}", download, methods=["GET"])
    app.add_api_route("/{submission_id:int}/figures/{indicator}", figures, methods=["GET"], response_class=HTMLResponse)
    app.add_api_route("/{submission_id:int}/rows", rows, methods=["GET"], response_class=HTMLResponse)
    return app


def _reader(request: Request, user: pages.User) -> Reader:
    """Who asks.

    Raises:
        HTTPException: 403 when they may see no report at all, 404 at a number that is none.
    """
    if any(int(number) > pages.LAST for number in request.path_params.values() if str(number).isdigit()):
        raise HTTPException(404)
    reader = Reader(request, user, readable_reports(user))
    if not reader.readable:
        raise HTTPException(403)
    return reader


Asked = Annotated[Reader, Depends(_reader)]


def year(asked: Asked, province: str = "", of: int = 0) -> Any:
    """Everything a province owes in a year: the months with their due days, and every period."""
    names = {slug: provinces.load(slug).name for slug in sorted(asked.readable)}
    today = clock.today()
    chosen = of if of in YEARS else today.year
    # Without a choice the first province that is at work.
    wanted = [province] if province in names else [*names]
    boards = ((each, board(each, chosen)) for each in wanted)
    slug, whole = next((one for one in boards if one[1]), (wanted[0], []))
    found = [row for row in whole if row["obligation"] in asked.readable[slug]]
    due = [row for row in found if _local_day(row["due_at"]).year == chosen]
    return PAGES.page(
        asked.request,
        "year.html",
        provinces=names,
        slug=slug,
        year=chosen,
        today=today,
        months=[_month(chosen, month, due, today) for month in range(1, 13)],
        rows=found,
        counts={standing: sum(row["standing"] == standing for row in found) for standing in STANDINGS},
        as_of=found[0]["as_of"] if found else None,
        **_names(),
    )


def report(submission_id: int, asked: Asked, figure: str = "") -> Any:
    """One report: where it stands, how it came there, what came from below, documents, mails and figures.

    `figure`: the code of one, as the annex has it, leads to the rows behind it.
    """
    asked.submission(submission_id)
    if figure:
        of_code(figure)
        where = f"{asked.request.scope.get('root_path', '')}/{submission_id}/rows?figure={quote(figure.strip(), safe='')}"
        return RedirectResponse(where, status_code=303)
    found = view(submission_id)
    return PAGES.page(asked.request, "report.html", report=found, map=_coverage(found.figures), **_names())


def figures(submission_id: int, indicator: str, asked: Asked) -> Any:
    """The tables of one indicator, as they are published."""
    submission = asked.submission(submission_id)
    found = figures_view(submission_id, indicator)
    leads = asked.sees_people(submission.slug)
    return PAGES.page(asked.request, "figures.html", submission=submission, found=found, map=found.map, leads=leads, **_names())


def rows(submission_id: int, asked: Asked, figure: str = "") -> Any:
    """The rows behind a figure. Who looks stands in the ledger, and who was refused."""
    submission = asked.submission(submission_id)
    indicator, breakdown, key = of_code(figure)
    name = asked.user.get_name()
    if not asked.sees_people(submission.slug):
        note_refused(submission_id, indicator, name)
        raise HTTPException(403)
    columns, found = rows_behind(submission_id, indicator, breakdown, key, name)
    books = asked.request.scope.get("root_path", "").removesuffix(REPORTS_PREFIX) + REVIEW_PREFIX
    return PAGES.page(
        asked.request,
        "rows.html",
        submission=submission,
        indicator=indicator,
        breakdown=breakdown,
        key=key,
        columns=columns,
        rows=[[_shown(*cell) for cell in zip(columns, row, strict=True)] for row in found[:MOST_ROWS]],
        total=len(found),
        books=books,
    )


def download(submission_id: int, document_id: int, asked: Asked) -> Response:
    """A document as it went out, or will."""
    asked.submission(submission_id)
    name, content = document(submission_id, document_id)
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=TYPES[name.rpartition(".")[2]], headers=headers)


def _shown(column: str, value: Any) -> Any:
    """A cell as an officer reads it."""
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, datetime):
        return pages.moment(value)
    if isinstance(value, date):
        return pages.day(value)
    return "" if value is None else labels().get(column, {}).get(str(value), value)


def _names() -> dict[str, Any]:
    return {"states": STATES, "standings": STANDINGS, "colours": COLOURS, "certainties": CERTAINTY, "zone": VIETNAM}


def _coverage(found: Sequence[Any]) -> Any:
    return next((one.map for one in found if one.map is not None), None)


def _local_day(moment: Any) -> date:
    day: date = moment.astimezone(VIETNAM).date()
    return day


def _month(year: int, month: int, rows: Sequence[Mapping[str, Any]], today: date) -> dict[str, Any]:
    """Weeks of a month from Monday; None for days of another month."""

    def cell(day: date) -> dict[str, Any] | None:
        if day.month != month:
            return None
        due = [row for row in rows if _local_day(row["due_at"]) == day]
        worst = max((row["standing"] for row in due), key=TO_DO.index, default="")
        return {"day": day, "off": not deadlines.is_working_day(day), "today": day == today, "due": due, "standing": worst}

    weeks = Calendar().monthdatescalendar(year, month)
    return {"number": month, "weeks": [[cell(day) for day in week] for week in weeks]}
