"""The landing zone is read, and only read."""

from pathlib import Path

import pytest

from sangloc import intake
from sangloc.errors import RefusedInputError


@pytest.fixture
def landing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SANGLOC_LANDING", str(tmp_path))
    return tmp_path


def put(path: Path, content: bytes = b"x") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def test_nothing_has_arrived(landing: Path) -> None:
    assert intake.list_files("lang_son", "roster", "06001") == []
    assert intake.senders("lang_son") == []


def test_files_are_sorted_and_temporary_ones_left_out(landing: Path) -> None:
    folder = landing / "lang_son/roster/06001"
    for name in ("b.xlsx", "a.csv", ".hidden", "~$b.xlsx", "c.csv.part", "c.tmp", "Thumbs.db", "d.csv~"):
        put(folder / name)
    (folder / "sub").mkdir()
    files = intake.list_files("lang_son", "roster", "06001")
    assert [(file.path, file.size, file.name) for file in files] == [
        ("lang_son/roster/06001/a.csv", 1, "a.csv"),
        ("lang_son/roster/06001/b.xlsx", 1, "b.xlsx"),
    ]
    assert intake.read_bytes(files[0]) == b"x"


def test_senders(landing: Path) -> None:
    for name in ("screening/06001/a.xml", "school/th_mai_pha/b.xlsx", "school/.git/b.xlsx", "unknown/x/c.xml"):
        put(landing / "lang_son/exams" / name)
    assert intake.senders("lang_son") == [("school", "th_mai_pha"), ("screening", "06001")]


def test_a_file_that_has_gone_is_refused_by_name(landing: Path) -> None:
    put(landing / "lang_son/roster/06001/a.csv")
    (file,) = intake.list_files("lang_son", "roster", "06001")
    (landing / file.path).unlink()
    with pytest.raises(RefusedInputError, match=r"lang_son/roster/06001/a\.csv cannot be read"):
        intake.read_bytes(file)
