"""Where things are. Every path and address the project uses is decided here, from the environment or its default."""

from __future__ import annotations

import os
from pathlib import Path

PLAIN_MAIL = "SANGLOC_SMTP_PLAIN"
# Where Airflow serves the pages of reports, to which mails lead.
REPORT_PAGES = "/sangloc/reports"


def root() -> Path:
    """The project folder, the one that holds `dags/`, `plugins/` and `include/` (`SANGLOC_ROOT` overrides)."""
    return Path(os.environ.get("SANGLOC_ROOT") or Path(__file__).resolve().parents[2])


def include() -> Path:
    """The folder of provinces, SQL, expectations and templates."""
    return root() / "include"


def home() -> Path:
    """The state folder of this deployment (`SANGLOC_HOME`, default `.sangloc` in the project folder)."""
    return Path(os.environ.get("SANGLOC_HOME") or root() / ".sangloc").resolve()


def landing() -> str:
    """The landing zone as a URL (`SANGLOC_LANDING`, a path or an `s3://` URL; default `<home>/landing`)."""
    value = os.environ.get("SANGLOC_LANDING") or str(home() / "landing")
    return value if "://" in value else f"file://{Path(value).resolve()}"


def outputs() -> Path:
    """The folder in which finished report documents are also kept as files (`SANGLOC_REPORTS`)."""
    return Path(os.environ.get("SANGLOC_REPORTS") or home() / "reports").resolve()


def mail_may_go_plain() -> bool:
    """Whether mail may go to a server without TLS (`SANGLOC_SMTP_PLAIN`): a demo's catcher, which sends nothing on."""
    return os.environ.get(PLAIN_MAIL, "").lower() == "true"
