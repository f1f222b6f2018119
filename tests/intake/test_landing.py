"""The landing zone is read, and only read."""

import hashlib
import os
import re
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


def test_a_file_that_has_gone_is_told_from_one_that_cannot_be_read(landing: Path) -> None:
    for name in ("Nông Văn An.csv", "Lý Thị Bình.csv"):
        put(landing / "lang_son/roster/06001" / name)
    first, second = intake.list_files("lang_son", "roster", "06001")
    (landing / first.path).unlink()
    with pytest.raises(intake.FileGoneError) as gone:
        intake.read_bytes(first)
    # Something in its place that exists and that nobody, not even root, can read as a file.
    (landing / second.path).unlink()
    (landing / second.path).mkdir()
    with pytest.raises(RefusedInputError, match="cannot be read") as refused:
        intake.read_bytes(second)
    assert not isinstance(refused.value, intake.FileGoneError)
    large = intake.LandingFile(second.path, (1 << 30) + 1, 0)
    with pytest.raises(RefusedInputError, match="larger than 1024 MB") as too_large:
        intake.read_bytes(large)
    # A sender's file name may be a person's: messages have the folder and a hash that a reader of the folder can make.
    for error, file in ((gone, first), (refused, second), (too_large, large)):
        message = str(error.value)
        assert f"lang_son/roster/06001/{hashlib.sha256(file.path.encode()).hexdigest()[:12]}…" in message
        assert "An" not in message.split() and not re.search(r"Nông|Văn|Thị|Bình|\.csv", message)
    assert "`ls -l`" in str(refused.value) and "intake.file" in str(refused.value)


def test_the_order_is_that_of_arrival_then_of_numbers_in_names(landing: Path) -> None:
    folder = landing / "lang_son/roster/06001"
    for name, arrived in (("b_10.csv", 2000.1), ("b_9.csv", 2000.9), ("b_009b.csv", 2000.5), ("z.csv", 1000), ("a.csv", 3000)):
        put(folder / name)
        os.utime(folder / name, (arrived, arrived))
    files = intake.list_files("lang_son", "roster", "06001")
    assert [file.name for file in files] == ["z.csv", "b_9.csv", "b_009b.csv", "b_10.csv", "a.csv"]
    assert [file.modified for file in files] == [1000, 2000, 2000, 2000, 3000]


def test_nothing_behind_a_symbolic_link_is_read(landing: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    put(outside / "secret.csv")
    put(outside / "sender/secret.xlsx")
    put(landing / "lang_son/roster/06001/a.csv")
    (landing / "lang_son/roster/06001/b.csv").symlink_to(outside / "secret.csv")
    (landing / "lang_son/roster/06001/gone.csv").symlink_to(outside / "nothing.csv")
    (landing / "lang_son/roster/06002").symlink_to(outside)
    (landing / "lang_son/exams").mkdir()
    (landing / "lang_son/exams/school").symlink_to(outside)
    put(landing / "lang_son/exams/worker/real/a.xlsx")
    (landing / "lang_son/exams/worker/linked").symlink_to(outside / "sender")
    assert [file.name for file in intake.list_files("lang_son", "roster", "06001")] == ["a.csv"]
    assert intake.list_files("lang_son", "roster", "06002") == []
    assert intake.list_files("lang_son", "exams", "school", "sender") == []
    assert intake.folders("lang_son", "roster") == ["06001"]
    assert intake.senders("lang_son") == [("worker", "real")]


def test_the_landing_folder_itself_may_be_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "disk/lang_son/roster/06001/a.csv")
    (tmp_path / "link").symlink_to(tmp_path / "disk")
    monkeypatch.setenv("SANGLOC_LANDING", str(tmp_path / "link"))
    assert [file.name for file in intake.list_files("lang_son", "roster", "06001")] == ["a.csv"]
