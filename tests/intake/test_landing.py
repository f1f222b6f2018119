"""The landing zone is read, and only read."""

import hashlib
import os
import re
import threading
import time
from pathlib import Path

import pytest

from sangloc import intake
from sangloc.errors import RefusedInputError


@pytest.fixture
def landing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SANGLOC_LANDING", str(tmp_path))
    monkeypatch.setenv("SANGLOC_LANDING_WAIT", "0.01")
    return tmp_path


def put(path: Path, content: bytes = b"x", hours_ago: float = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    changed = time.time() - 3600 * hours_ago
    os.utime(path, (changed, changed))


def names(*parts: str) -> list[str]:
    return [file.name for file in intake.list_files("lang_son", "roster", *(parts or ("06001",)))]


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


def test_a_file_that_is_being_written_waits(landing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANGLOC_LANDING_WAIT", "0.5")
    folder = landing / "lang_son/roster/06001"
    for name in ("growing.csv", "whole.csv", "done.csv", "done.csv.done"):
        put(folder / name)
    put(folder / "old.csv", hours_ago=1)
    stop = threading.Event()

    def write() -> None:
        while not stop.wait(0.02):
            for name in ("growing.csv", "done.csv"):
                with (folder / name).open("ab") as file:
                    file.write(b"x")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        # Whoever puts `.done` beside a file says that it is complete, and has to know.
        assert sorted(names()) == ["done.csv", "old.csv", "whole.csv"]
    finally:
        stop.set()
        writer.join()
    assert "growing.csv" in names()


def test_a_file_that_rests_is_not_watched(landing: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANGLOC_LANDING_WAIT", "60")
    put(landing / "lang_son/roster/06001/a.csv", hours_ago=0.01)
    put(landing / "lang_son/roster/06001/b.csv", hours_ago=-48)
    began = time.monotonic()
    assert names() == ["a.csv", "b.csv"]
    assert time.monotonic() - began < 30


def test_companions_are_no_data(landing: Path) -> None:
    folder = landing / "lang_son/roster/06001"
    for name in ("a.csv", "a.csv.done", "gone.csv.sha256", "gone.csv.MD5", "gone.done"):
        put(folder / name)
    assert names() == ["a.csv"]


SUMS = {
    "sha256": lambda content: f"{hashlib.sha256(content).hexdigest()}  a.csv\n",
    "md5": lambda content: f"{hashlib.md5(content).hexdigest().upper()} *a.csv\r\n",
    "sha256 --tag": lambda content: f"SHA256 (a.csv) = {hashlib.sha256(content).hexdigest()}\n",
}


@pytest.mark.parametrize("kind", SUMS)
def test_a_file_with_a_checksum_is_taken_when_it_has_that_sum(landing: Path, kind: str) -> None:
    folder = landing / "lang_son/roster/06001"
    companion = folder / f"a.csv.{kind.split()[0]}"
    put(folder / "a.csv", b"half", hours_ago=1)
    for sum_of in (b"whole", b""):
        put(companion, SUMS[kind](b"whole").encode() if sum_of else b"", hours_ago=1)
        put(folder / "a.csv.done", hours_ago=1)
        assert names() == []
    put(companion, SUMS[kind](b"whole").encode())
    put(folder / "a.csv", b"whole")
    (file,) = intake.list_files("lang_son", "roster", "06001")
    assert intake.read_bytes(file) == b"whole"


def test_a_checksum_that_is_wrong_for_a_day_is_an_error_of_that_file_alone(landing: Path) -> None:
    folder = landing / "lang_son/roster/06001"
    put(folder / "Nông Văn An.csv", b"half", hours_ago=25)
    put(folder / "Nông Văn An.csv.sha256", SUMS["sha256"](b"whole").encode(), hours_ago=25)
    put(folder / "b.csv", b"good", hours_ago=1)
    broken, good = intake.list_files("lang_son", "roster", "06001")
    assert intake.read_bytes(good) == b"good"
    with pytest.raises(RefusedInputError, match="checksum") as refused:
        intake.read_bytes(broken)
    assert broken.label in str(refused.value) and "Nông" not in str(refused.value)


def test_a_file_that_changes_after_it_was_listed_is_left_for_the_next_time(landing: Path) -> None:
    path = landing / "lang_son/roster/06001/a.csv"
    put(path, b"first", hours_ago=1)
    (file,) = intake.list_files("lang_son", "roster", "06001")
    put(path, b"second")
    with pytest.raises(intake.FileGoneError):
        intake.read_bytes(file)


STRANGE = [
    b"..\\..\\etc.csv", b"%2E%2E%2Fetc.csv", b"a::b.csv", b"s3:x.csv", b"file:", b"a#b?c*.csv", b"$HOME.csv", b"~x.csv",
    b"new\nline.csv", b"bell\x07.csv", b"\xff\xfe.csv", b"\xc3(.csv", "đảo\u202evsc.csv".encode(), b"%41.csv", b"%zz.csv",
    b"100%.csv", b"' OR 1=1 --.csv", b" .csv",
]  # fmt: skip


def test_strange_names_are_names_and_nothing_else(landing: Path) -> None:
    put(landing / "etc.csv", b"outside")
    folder = os.fsencode(landing / "lang_son/roster/06001")
    os.makedirs(folder)  # noqa: PTH103
    for name in STRANGE[1:]:
        with open(os.path.join(folder, name), "wb") as file:  # noqa: PTH118, PTH123
            file.write(name)
    files = intake.list_files("lang_son", "roster", "06001")
    assert sorted(map(intake.read_bytes, files)) == sorted(STRANGE[1:])
    for file in files:
        # UTF-8, and nothing in it that ends a line or turns the direction of writing.
        assert file.path.encode() and file.path.isprintable()
        raw = b"lang_son/roster/06001/" + intake.read_bytes(file)
        assert file.label == f"lang_son/roster/06001/{hashlib.sha256(raw).hexdigest()[:12]}…"
    # Names that begin with a dot are hidden files.
    with open(os.path.join(folder, STRANGE[0]), "wb"):  # noqa: PTH118, PTH123
        assert len(names()) == len(STRANGE) - 1


@pytest.mark.parametrize(
    "parts", [("..", "roster", "06001"), ("06001/../06001",), ("%2E%2E", "roster", "06001"), (".",), ("",)]
)
def test_a_part_of_the_way_is_one_folder(landing: Path, parts: tuple[str, ...]) -> None:
    put(landing / "lang_son/roster/06001/a.csv")
    assert names() == ["a.csv"]
    assert names(*parts) == []


def test_a_senders_folder_with_a_strange_name(landing: Path) -> None:
    folder = os.fsencode(landing / "lang_son/exams/school") + b"/th\xff"
    os.makedirs(folder)  # noqa: PTH103
    with open(folder + b"/a.csv", "wb") as file:  # noqa: PTH123
        file.write(b"x")
    assert intake.senders("lang_son") == [("school", "th%FF")]
    (file_of,) = intake.list_files("lang_son", "exams", "school", "th%FF")
    assert intake.read_bytes(file_of) == b"x"
