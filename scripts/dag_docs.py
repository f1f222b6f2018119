"""Writes `docs/dags/`: one page for each DAG file from its docstring, and a table of all of them.

    python scripts/dag_docs.py            writes the pages
    python scripts/dag_docs.py --check    says which page is out of date and ends with 1

The docstrings are read without importing the files: no Airflow, no database, no settings are needed.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGES = Path("docs/dags")
# Modules beside the DAG files that hold no DAG.
SHARED = {"families", "report_steps"}
# The table's columns and the paragraph of the docstring each is taken from.
COLUMNS = {"When": r"When", "Cells": r"Cells", "Parameters": r"Parameters?", "Then": r"Then"}
NOTE = "<!-- Made by scripts/dag_docs.py from the docstring of dags/{name}.py; change that and run the script. -->\n"


@dataclass(frozen=True)
class Page:
    """What one DAG file says about itself."""

    name: str
    title_vi: str
    title_en: str
    body: str

    def paragraph(self, label: str) -> str:
        """The paragraph that begins with `**label…:**` or `**label**`, on one line, or an empty text."""
        found = re.search(rf"^\*\*(?:{label})(?::\*\*|\*\*)(.+?)(?:\n\n|\Z)", self.body, re.MULTILINE | re.DOTALL)
        return " ".join(found[1].split()) if found else ""


def pages(dags: Path) -> list[Page]:
    """The DAG files of a folder, in alphabetical order.

    Raises:
        SystemExit: when a DAG file's docstring has no heading `### Vietnamese · English` or no paragraph `**When:**`.
    """
    found = []
    for path in sorted(dags.glob("*.py")):
        if path.stem in SHARED:
            continue
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        heading = re.match(r"### (.+) · (.+)\n", text)
        if not heading:
            raise SystemExit(f"{path}: expected a docstring that begins with a heading '### Vietnamese · English'")
        page = Page(path.stem, heading[1], heading[2], text[heading.end() :].strip())
        if not page.paragraph("When"):
            raise SystemExit(f"{path}: expected a paragraph '**When:** …' in the docstring")
        found.append(page)
    return found


def render(dags: Path) -> dict[str, str]:
    """The pages of a DAG folder: file name to content."""
    made = {}
    rows = [f"| DAG | {' | '.join(COLUMNS)} |", "| --- " * (len(COLUMNS) + 1) + "|"]
    for page in pages(dags):
        head = NOTE.format(name=page.name)
        source = f"[`dags/{page.name}.py`](../../dags/{page.name}.py)"
        made[f"{page.name}.md"] = (
            f"{head}\n# {page.title_vi} · {page.title_en}\n\n{page.body}\n\n---\n{source} · [all DAGs](README.md)\n"
        )
        cells = [page.paragraph(label).replace("|", "\\|") or "–" for label in COLUMNS.values()]
        rows.append(f"| [{page.title_vi}]({page.name}.md)<br>{page.title_en} | {' | '.join(cells)} |")
    made["README.md"] = (
        "<!-- Made by scripts/dag_docs.py. -->\n\n# The DAGs\n\n"
        "Every file makes one DAG for each province (reporting: one for each obligation), with the province's slug in "
        "front: `lang_son__roster_refresh`.\n\n" + "\n".join(rows) + "\n"
    )
    return made


def main() -> int:
    parser = argparse.ArgumentParser(description="Write docs/dags from the docstrings of the DAG files.")
    parser.add_argument("--check", action="store_true", help="only say what is out of date")
    parser.add_argument("--root", type=Path, default=ROOT, help="the project folder")
    options = parser.parse_args()
    folder: Path = options.root / PAGES
    wanted = render(options.root / "dags")
    present = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    stale = sorted(name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name))
    if options.check:
        for name in stale:
            print(f"{PAGES / name} is out of date; run scripts/dag_docs.py", file=sys.stderr)
        return 1 if stale else 0
    folder.mkdir(parents=True, exist_ok=True)
    for name in stale:
        if name in wanted:
            (folder / name).write_text(wanted[name], encoding="utf-8")
        else:
            (folder / name).unlink()
        print(PAGES / name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
