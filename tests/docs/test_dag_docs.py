"""The pages under docs/dags are what the DAG files say about themselves."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sangloc import settings

ROOT = settings.root()
SCRIPT = ROOT / "scripts" / "dag_docs.py"


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, SCRIPT, *map(str, arguments)], capture_output=True, text=True)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A project folder with the DAG files and their pages."""
    for name in ("dags", "docs/dags"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_the_pages_are_up_to_date() -> None:
    done = run("--check")
    assert done.returncode == 0, done.stderr


def test_a_changed_docstring_a_page_too_many_and_one_too_few_are_found(copy: Path) -> None:
    source = copy / "dags" / "roster_refresh.py"
    source.write_text(source.read_text().replace("daily at 02:00", "daily at 03:00"))
    (copy / "docs/dags/nobody.md").write_text("left over")
    (copy / "docs/dags/exam_intake.md").unlink()
    done = run("--check", "--root", copy)
    assert done.returncode == 1
    named = re.findall(r"docs/dags/(\w+\.md)", done.stderr)
    assert named == ["README.md", "exam_intake.md", "nobody.md", "roster_refresh.md"]
    assert run("--root", copy).returncode == 0
    assert run("--check", "--root", copy).returncode == 0
    assert "daily at 03:00" in (copy / "docs/dags/README.md").read_text()


def test_a_dag_file_must_say_what_it_is_and_when_it_runs(copy: Path) -> None:
    (copy / "dags" / "new.py").write_text('"""Something."""\n')
    assert "### Vietnamese · English" in run("--root", copy).stderr
    (copy / "dags" / "new.py").write_text('"""\n### Mới · new\n\nSomething.\n"""\n')
    assert "**When:**" in run("--root", copy).stderr


def test_the_links_of_our_own_documents_lead_somewhere() -> None:
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    assert len(documents) > 10
    for document in documents:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8")):
            if "://" not in target and not target.endswith(".png"):
                assert (document.parent / target).exists(), f"{document.relative_to(ROOT)} -> {target}"


def test_both_readmes_tell_the_same() -> None:
    english, vietnamese = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.vi.md"))
    for pattern in (r"^```sh\n(?:\S.*\n)+?```", r"\]\(([^)]+)\)"):
        strip = [re.sub(r"\s+#.*", "", text) for text in re.findall(pattern, english, re.MULTILINE)]
        same = [re.sub(r"\s+#.*", "", text) for text in re.findall(pattern, vietnamese, re.MULTILINE)]
        swap = {"README.vi.md": "README.md"}
        assert strip
        assert [swap.get(text, text) for text in strip] == [swap.get(text, text) for text in same]
    assert english.count("\n## ") == vietnamese.count("\n## ")
