"""The landing zone: what has arrived, and workbooks for the communes' offices.

What has arrived is read, never changed, moved or deleted; only the folder `returned` is written.

A file is taken only when it is complete:

* with a checksum beside it (`<name>.sha256` or `<name>.md5`, as `sha256sum` and `md5sum` write them): when it has that
  sum. Is it still wrong a day later, reading the file is refused;
* else with `<name>.done` beside it: at once;
* else when it is no longer being written: nothing has changed it for some seconds, or its size and time are the same
  after a short wait. In an object store a file appears whole, so there is nothing to wait for.

`<name>.sha256`, `<name>.md5` and `<name>.done` are never data themselves.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Literal, NamedTuple

from sangloc import clock, settings
from sangloc.errors import ConfigurationError, RefusedInputError

if TYPE_CHECKING:
    from airflow.sdk import ObjectStoragePath

Kind = Literal["roster", "exams", "submissions"]

SOURCES = ("screening", "periodic", "school", "worker", "occupational", "insurance")

# Half-written uploads, editors' lock files and what operating systems leave in shared folders.
_TEMPORARY_ENDS = (".tmp", ".part", ".partial", ".filepart", ".crdownload", "~")
_TEMPORARY_BEGINS = (".", "~$")
_LEFTOVERS = {"thumbs.db", "desktop.ini"}

_DONE = ".done"
_CHECKSUMS = {".sha256": ("sha256", 64), ".md5": ("md5", 32)}
_COMPANIONS = (_DONE, *_CHECKSUMS)

MOST_BYTES = 1 << 30
_PIECE = 1 << 20

# Seconds without a change after which nobody is writing a file any more, and how long a younger one is watched.
SETTLED_AFTER = 5.0
WAIT = 2.0
# Sets WAIT; 0 looks twice without a pause, which is for tests.
WAIT_VARIABLE = "SANGLOC_LANDING_WAIT"
# Seconds for which a file may differ from its checksum: one of them may still be on its way.
CHECKSUM_PATIENCE = 24 * 3600

# What a name may not bring into messages, tables and logs: control characters, line separators, marks that steer the
# direction of writing, and the bytes of names that are not UTF-8.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]|%(?=[0-9A-F]{2})")
_ESCAPED = re.compile(r"(?:%[0-9A-F]{2})+")


class FileGoneError(RefusedInputError):
    """A landing file that is not there any more as it was listed: nobody wants it loaded, or not yet."""


@dataclass(frozen=True)
class LandingFile:
    """A file of the landing zone.

    `path` is relative to the zone's root (with `/`), `size` in bytes, `modified` in whole seconds since 1970. What is no
    readable text in a name (control characters, bytes that are not UTF-8) stands in `path` as %XX.
    """

    path: str
    size: int
    modified: int

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rsplit("/", 1)[-1]

    @property
    def label(self) -> str:
        """What logs call the file. Senders put people's names into file names, so it holds only folder and hash."""
        folder = self.path.rpartition("/")[0]
        digest = hashlib.sha256(_raw(self.path).encode(errors="surrogateescape")).hexdigest()
        return f"{folder}/{digest[:12]}…"


def _safe(name: str) -> str:
    """A name as it may be shown and stored; `_raw` gives it back."""

    def escaped(match: re.Match[str]) -> str:
        return "".join(f"%{byte:02X}" for byte in match[0].encode(errors="surrogateescape"))

    return _UNSAFE.sub(escaped, name)


def _raw(name: str) -> str:
    return _ESCAPED.sub(lambda match: bytes.fromhex(match[0].replace("%", "")).decode(errors="surrogateescape"), name)


def _root() -> ObjectStoragePath:
    from airflow.sdk import ObjectStoragePath

    return ObjectStoragePath(settings.landing())


def _is_temporary(name: str) -> bool:
    low = name.lower()
    return low.startswith(_TEMPORARY_BEGINS) or low.endswith(_TEMPORARY_ENDS) or low in _LEFTOVERS


def _is_link(path: ObjectStoragePath) -> bool:
    # Object stores have no links, and no such method.
    islink = getattr(path.fs, "islink", None)
    return bool(islink and islink(path.path))


def _cannot_be_listed(parts: tuple[str, ...], error: OSError) -> RefusedInputError:
    return RefusedInputError(
        f"the landing folder {'/'.join(parts)} cannot be listed ({type(error).__name__}); "
        "give the account that Airflow runs as the right to read it"
    )


def _entries(*parts: str) -> list[ObjectStoragePath]:
    """What lies in a landing folder; nothing behind a symbolic link, which may lead anywhere on this machine."""
    folder = _root()
    try:
        for part in map(_raw, parts):
            # A part is one folder's name and never a way to another.
            if part in ("", ".", "..") or "/" in part:
                return []
            folder = folder / part
            if _is_link(folder):
                return []
        if not folder.is_dir():
            return []
        return [entry for entry in folder.iterdir() if not _is_temporary(entry.name) and not _is_link(entry)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _cannot_be_listed(parts, error) from None


def _natural(name: str) -> tuple[tuple[int, str], ...]:
    """Orders numbers in a name as numbers: 9 before 10."""
    parts = re.split(r"([0-9]+)", name)
    # split() puts the numbers at the odd places, so that numbers only meet numbers.
    return tuple((int(part), "") if place % 2 else (0, part) for place, part in enumerate(parts))


class _Look(NamedTuple):
    """A file as it was when it was looked at: size in bytes, time of its last change in seconds since 1970."""

    size: int
    changed: float


def _look(entry: ObjectStoragePath) -> _Look | None:
    try:
        if entry.is_file():
            stat = entry.stat()
            return _Look(int(stat.st_size), float(stat.st_mtime))
    except FileNotFoundError:
        pass
    return None


def _wait() -> float:
    value = os.environ.get(WAIT_VARIABLE) or WAIT
    try:
        return float(value)
    except ValueError:
        raise ConfigurationError(f"{WAIT_VARIABLE}: expected a number of seconds") from None


def _being_written(entries: dict[str, ObjectStoragePath], looks: dict[str, _Look]) -> set[str]:
    """Which of these files change while they are watched. One wait serves for all of them."""
    if not settings.landing().startswith("file://"):
        return set()
    # Files have the time of the machine, which no test stops.
    now = time.time()
    young = [name for name, look in looks.items() if abs(now - look.changed) < SETTLED_AFTER]
    if not young:
        return set()
    time.sleep(_wait())
    return {name for name in young if _look(entries[name]) != looks[name]}


def _checksum(companion: bytes, digits: int) -> str:
    """The sum in a file that `sha256sum` or `md5sum` wrote, with or without `--tag`; empty when there is none."""
    found = re.search(rb"(?<![0-9a-f])[0-9a-f]{%d}(?![0-9a-f])" % digits, companion[:4096].lower())
    return found[0].decode() if found else ""


def _read_companions(entry: ObjectStoragePath) -> dict[str, bytes]:
    """The checksum files beside a file, by their ending."""
    found = {}
    for ending in _CHECKSUMS:
        beside = entry.parent / (entry.name + ending)
        if not _is_link(beside):
            with contextlib.suppress(FileNotFoundError, IsADirectoryError):
                found[ending] = beside.read_bytes()
    return found


class _Sums:
    """The size and sums of a content that passes in pieces."""

    def __init__(self, companions: dict[str, bytes]) -> None:
        self._companions = companions
        self._sums = {ending: hashlib.new(_CHECKSUMS[ending][0], usedforsecurity=False) for ending in companions}
        self.sha256 = hashlib.sha256()
        self.size = 0

    def add(self, piece: bytes) -> None:
        self.size += len(piece)
        self.sha256.update(piece)
        for each in self._sums.values():
            each.update(piece)

    def agree(self) -> bool:
        return all(
            self._sums[ending].hexdigest() == _checksum(companion, _CHECKSUMS[ending][1])
            for ending, companion in self._companions.items()
        )


def _is_sum_right(entry: ObjectStoragePath, look: _Look) -> bool:
    """Whether a file has its checksum, or has not had it for so long that reading it should say so."""
    if clock.now().timestamp() - look.changed > CHECKSUM_PATIENCE or look.size > MOST_BYTES:
        return True
    try:
        sums = _Sums(_read_companions(entry))
        with entry.open("rb") as opened:
            while piece := opened.read(_PIECE):
                sums.add(piece)
        return sums.agree()
    except FileNotFoundError:
        return False


def list_files(slug: str, kind: Kind, *parts: str) -> list[LandingFile]:
    """The complete files of one landing folder in the order of arrival; empty when there is no such folder.

    The order is that of the modification time in whole seconds, then of the name with its numbers taken as numbers
    ("9" before "10"). Symbolic links are left out. Files of the last seconds are watched for two seconds.

    Args:
        slug: the province's folder name.
        kind: `roster`, `exams` or `submissions`.
        parts: the folders below it: a commune code, source and sender, or the folder of a unit.

    Raises:
        RefusedInputError: when the folder exists but may not be read.
    """
    folder = (slug, kind, *parts)
    complete, watched = dict[str, _Look](), dict[str, _Look]()
    try:
        entries = {str(entry.name): entry for entry in _entries(*folder)}
        for name, entry in entries.items():
            if name.lower().endswith(_COMPANIONS) or (look := _look(entry)) is None:
                continue
            if any(name + ending in entries for ending in _CHECKSUMS):
                if _is_sum_right(entry, look):
                    complete[name] = look
            elif name + _DONE in entries:
                complete[name] = look
            else:
                watched[name] = look
        written = _being_written(entries, watched)
    except OSError as error:
        raise _cannot_be_listed(folder, error) from None
    complete.update((name, look) for name, look in watched.items() if name not in written)
    files = [LandingFile("/".join((*folder, _safe(name))), look.size, int(look.changed)) for name, look in complete.items()]
    return sorted(files, key=lambda file: (file.modified, _natural(file.name), file.name))


def folders(slug: str, kind: Kind, *parts: str) -> list[str]:
    """Names of the folders in a landing folder, sorted; empty when it does not exist. Symbolic links are left out.

    Raises:
        RefusedInputError: when the folder exists but may not be read.
    """
    try:
        return sorted(_safe(str(entry.name)) for entry in _entries(slug, kind, *parts) if entry.is_dir())
    except OSError as error:
        raise _cannot_be_listed((slug, kind, *parts), error) from None


def senders(slug: str) -> list[tuple[str, str]]:
    """Everyone who has a folder for exam files, as sorted pairs (source, sender). Unknown sources are left out.

    Raises:
        RefusedInputError: when a folder exists but may not be read.
    """
    return [(source, sender) for source in sorted(SOURCES) for sender in folders(slug, "exams", source)]


class LandingStream:
    """A landing file while it is read in pieces, from its beginning to its end."""

    def __init__(self, file: LandingFile, opened: IO[bytes], companions: dict[str, bytes]) -> None:
        self._file, self._opened, self._sums = file, opened, _Sums(companions)

    def read(self, size: int, /) -> bytes:
        """The next at most `size` bytes; empty at the end.

        Raises:
            RefusedInputError: it cannot be read, or its end is reached and it differs from its checksum.
            FileGoneError: its end is reached and it has changed its size since it was listed.
        """
        try:
            piece = self._opened.read(size)
        except OSError as error:
            raise _cannot_be_read(self._file, error) from None
        self._sums.add(piece)
        if not piece and size:
            self._check()
        return piece

    def sha256(self) -> str:
        """The SHA-256 of what was read, as hexadecimal digits."""
        return self._sums.sha256.hexdigest()

    def _check(self) -> None:
        if self._sums.size != self._file.size:
            raise FileGoneError(f"the landing file {self._file.label} has changed since it was listed")
        if not self._sums.agree():
            raise RefusedInputError(
                f"the landing file {self._file.label} is not what its checksum says; {_how_to_find(self._file)} and have "
                "both sent again"
            )


@contextlib.contextmanager
def open_file(file: LandingFile) -> Iterator[LandingStream]:
    """A landing file to be read in pieces, for files that are too large to be held in memory.

    Raises:
        FileGoneError: when it has gone since it was listed.
        RefusedInputError: when it may not be read or is larger than `MOST_BYTES`.
    """
    if file.size > MOST_BYTES:
        raise RefusedInputError(
            f"the landing file {file.label} is larger than {MOST_BYTES >> 20} MB; {_how_to_find(file)} and have its "
            "sender split it"
        )
    path = _root().joinpath(*map(_raw, file.path.split("/")))
    try:
        companions = _read_companions(path)
        opened = path.open("rb")
    except FileNotFoundError:
        raise FileGoneError(f"the landing file {file.label} is not there any more") from None
    except OSError as error:
        raise _cannot_be_read(file, error) from None
    with opened:
        yield LandingStream(file, opened, companions)


def file_sha256(file: LandingFile) -> str:
    """The SHA-256 of a landing file's content, without holding it in memory.

    Raises:
        FileGoneError, RefusedInputError: as `read_bytes`.
    """
    with open_file(file) as stream:
        while stream.read(_PIECE):
            pass
        return stream.sha256()


def has_unseen(slug: str, kind: Kind, *parts: str, seen: Collection[str]) -> bool:
    """Whether a landing folder has a file whose SHA-256 is not among `seen`.

    A folder or file that cannot be read counts as unseen, so that reading it says so and nobody else waits for it.
    """
    try:
        files = list_files(slug, kind, *parts)
    except RefusedInputError:
        return True
    for file in files:
        try:
            if file_sha256(file) not in seen:
                return True
        except FileGoneError:
            continue
        except RefusedInputError:
            return True
    return False


def read_bytes(file: LandingFile) -> bytes:
    """The content of a landing file.

    Raises:
        FileGoneError: when it has gone or changed its size since it was listed.
        RefusedInputError: when it may not be read, is larger than `MOST_BYTES` or differs from its checksum.
    """
    with open_file(file) as stream:
        content = stream.read(file.size + 1)
        stream.read(1)
    return content


def _cannot_be_read(file: LandingFile, error: OSError) -> RefusedInputError:
    return RefusedInputError(
        f"the landing file {file.label} cannot be read ({type(error).__name__}); {_how_to_find(file)} and give the "
        "account that Airflow runs as the right to read it, or have it sent again"
    )


def _how_to_find(file: LandingFile) -> str:
    return (
        f"find it with `ls -l` in that folder (it has {file.size} bytes and is not in intake.file; the digits begin the "
        "SHA-256 of its path from the landing folder on)"
    )


def _returned_folder(slug: str, place: tuple[str, ...]) -> ObjectStoragePath:
    folder = _root()
    for part in (slug, "returned", *place):
        folder = folder / part
        if _is_link(folder):
            raise RefusedInputError(
                f"the landing folder {slug}/returned/{'/'.join(place)} lies behind a symbolic link; make it a folder"
            )
    return folder


def keep_workbook(slug: str, commune_code: str, name: str, content: bytes) -> str:
    """Lay a workbook into a commune's folder `<slug>/returned/roster/<commune_code>`, whole or not at all.

    One of that name is replaced.

    Returns:
        Its place, relative to the landing zone.

    Raises:
        RefusedInputError: the folder may not be written, or a symbolic link stands in its way.
    """
    return _keep(slug, ("roster", commune_code), name, content)


def keep_exam_workbook(slug: str, source: str, sender: str, name: str, content: bytes) -> str:
    """As `keep_workbook`, for a sender of exam files: into `<slug>/returned/exams/<source>/<sender>`."""
    return _keep(slug, ("exams", source, sender), name, content)


def keep_form(slug: str, folder: str, name: str, content: bytes) -> bool:
    """Lay a form for figures from below into a unit's folder `<slug>/returned/forms/<folder>`, whole or not at all.

    Returns:
        Whether it was written; one that is there already with this content is left alone.

    Raises:
        RefusedInputError: as `keep_workbook`.
    """
    place = ("forms", folder)
    try:
        if (_returned_folder(slug, place) / name).read_bytes() == content:
            return False
    except FileNotFoundError:
        pass
    except OSError as error:
        raise _cannot_be_written(slug, place, error) from None
    _keep(slug, place, name, content)
    return True


def _keep(slug: str, place: tuple[str, ...], name: str, content: bytes) -> str:
    folder = _returned_folder(slug, place)
    unfinished = folder / f".{name}.{secrets.token_hex(8)}.tmp"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            unfinished.write_bytes(content)
            folder.fs.mv(unfinished.path, (folder / name).path)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise _cannot_be_written(slug, place, error) from None
    return "/".join((slug, "returned", *place, name))


def take_away_workbook(slug: str, commune_code: str, name: str) -> None:
    """Remove a workbook that `keep_workbook` laid down; nothing when there is none.

    Raises:
        RefusedInputError: as `keep_workbook`.
    """
    place = ("roster", commune_code)
    folder = _returned_folder(slug, place)
    try:
        (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise _cannot_be_written(slug, place, error) from None


def _cannot_be_written(slug: str, place: tuple[str, ...], error: OSError) -> RefusedInputError:
    return RefusedInputError(
        f"the landing folder {slug}/returned/{'/'.join(place)} cannot be written ({type(error).__name__}); give the "
        "account that Airflow runs as the right to write it"
    )
