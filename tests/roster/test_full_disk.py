"""The disk fills up in the middle of a commune's list: nothing of it is kept, and with room again it is done once."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from conftest import Server
from roster.conftest import Roster
from roster.test_lists import contents, people, person
from sangloc.errors import WarehouseError
from sangloc.roster import summarise

HERE, THERE = "05977", "05983"
KB = 1024
FULL = re.compile(
    r"(COPY into [a-z_.]+: )?the disk of the warehouse's server is full \(SQLSTATE 53100\); make room on it and try again"
)


class Disk:
    """A small disk: a folder of the server's on it, and a file that takes up what is not left to it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.filler, self.data = folder, folder / "filler", folder / "data"
        self.data.mkdir()

    def leave(self, free: int) -> None:
        """Leave so many bytes."""
        with self.filler.open("ab") as file:
            taken = os.fstat(file.fileno()).st_size
            size = max(taken + shutil.disk_usage(self.folder).free - free, 0)
            if size > taken:
                os.posix_fallocate(file.fileno(), taken, size - taken)
            else:
                file.truncate(size)


@contextmanager
def mounted() -> Iterator[Disk]:
    folder = Path(tempfile.mkdtemp(prefix="sangloc-disk-"))
    command = ["mount", "-t", "tmpfs", "-o", "size=96m,mode=755", "tmpfs", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"no small disk to fill: mounting one needs the rights of root ({done.stderr.strip()})")
        try:
            yield Disk(folder)
        finally:
            subprocess.run(["umount", str(folder)], check=True)
    finally:
        folder.rmdir()


@pytest.fixture(scope="module")
def disks() -> Iterator[dict[str, Disk]]:
    """Two small disks, one for the warehouse's tables and one for the server's log of changes."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(mounted()) for name in ("tables", "log")}


@pytest.fixture(scope="module")
def postgres(disks: dict[str, Disk]) -> Iterator[Server]:
    """A server of its own, which may break down; its warehouse and its log lie on the small disks."""
    folder = Path(tempfile.mkdtemp(prefix="sangloc-postgres-"))
    # Nobody but the session that works is to be the one who finds the log full.
    server = Server(folder, disks["log"].data, "-c wal_writer_delay=10s -c autovacuum=off -c checkpoint_timeout=1h")
    server.own(disks["tables"].data)
    with psycopg.connect(server.url("postgres", "postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE TABLESPACE small LOCATION '{disks['tables'].data}'")
    server.tablespace = "small"
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def room_afterwards(disks: dict[str, Disk]) -> Iterator[None]:
    yield
    for disk in disks.values():
        disk.leave(1 << 30)


def merged_without_trouble(roster: Roster) -> dict[str, Any]:
    """What the same files come to when there is room."""
    roster.start_again()
    roster.refresh(THERE)
    roster.refresh(HERE)
    return contents(roster)


def squeezed(roster: Roster, disk: Disk) -> list[str]:
    """Merge what waits with twice the room each time until there is enough; what was said until then."""
    before, told = contents(roster), []
    for number in range(12):
        disk.leave((48 * KB) << number)
        try:
            counts = roster.refresh(HERE)
        except WarehouseError as error:
            told.append(str(error))
            # The file may have been entered into the register as received; nothing else has changed.
            assert {**contents(roster), "files": 0} == {**before, "files": 0}
        else:
            assert counts["files"] == 1 and roster.refresh(HERE)["changed"] == 0
            return told
    raise AssertionError("there never was enough room")


def test_a_full_disk_keeps_nothing_and_the_retry_does_it_once(roster: Roster, disks: dict[str, Disk]) -> None:
    disk = disks["tables"]
    roster.merge(THERE, "ds_2026_10.csv", people(range(3000, 3200)))
    roster.send(HERE, "ds_2026_10.csv", people(range(1200)))
    first = squeezed(roster, disk)
    roster.send(HERE, "ds_2026_11.csv", [person(number, village="Thôn Mới") for number in range(50, 1250)])
    disk.leave(0)
    # Who has nothing to write goes on meanwhile.
    assert (roster.refresh(THERE)["changed"], summarise(roster.slug, "run 1")["people"]) == (0, 1400)
    second = squeezed(roster, disk)
    for told in (first, second):
        assert [message for message in told if not FULL.fullmatch(message)] == []
    # It broke off early and late: while rows were sent, and in the statements that work on them.
    assert any("roster.person" in message for message in first)
    assert {message.startswith("COPY") for message in second} == {True, False}
    squeezed_in = contents(roster)
    assert squeezed_in["files"] == [("loaded", 200, 200, 0), ("loaded", 1200, 1200, 0), ("loaded", 1200, 1200, 0)]
    assert squeezed_in == merged_without_trouble(roster)


def use_up_the_log(postgres: Server, disk: Disk) -> None:
    """Have the server go on to a new file of its log, the last of those it keeps in store. Each holds 1 MB."""
    with psycopg.connect(postgres.url("postgres", "postgres"), autocommit=True) as connection:
        while True:
            connection.execute("SELECT pg_create_restore_point('used up')")
            connection.execute("SELECT pg_switch_wal()")
            connection.execute("SELECT pg_create_restore_point('used up')")
            row = connection.execute("SELECT pg_walfile_name(pg_current_wal_lsn())").fetchone()
            assert row is not None
            if max(path.name for path in disk.data.glob("[0-9A-F]" * 24)) <= row[0]:
                return


def test_a_server_without_room_for_its_log_breaks_down_and_comes_back(
    roster: Roster, postgres: Server, disks: dict[str, Disk]
) -> None:
    disk = disks["log"]
    roster.merge(THERE, "ds_2026_10.csv", people(range(3000, 3100)))
    before = contents(roster)
    roster.send(HERE, "ds_2026_10.csv", people(range(3000)))
    use_up_the_log(postgres, disk)
    # Too little for one file more, and the list takes more than the one there is.
    disk.leave(400 * KB)
    with pytest.raises(WarehouseError, match=FULL):
        roster.refresh(HERE)
    with pytest.raises(WarehouseError, match=f"{FULL.pattern}|cannot be reached; is the database running"):
        roster.refresh(HERE)
    disk.leave(48 << 20)
    postgres.again()
    roster.warehouse = psycopg.connect(postgres.url("sangloc_owner", "sangloc"), autocommit=True)
    assert {**contents(roster), "files": 0} == {**before, "files": 0}
    # It broke down after the list had been entered into the register, that is, while it was merged.
    assert roster.query("SELECT status FROM intake.file ORDER BY file_id") == [("loaded",), ("received",)]
    assert roster.refresh(HERE)["inserted"] == 3000
    assert roster.refresh(HERE)["changed"] == 0
    retried = contents(roster)
    assert retried == merged_without_trouble(roster)
