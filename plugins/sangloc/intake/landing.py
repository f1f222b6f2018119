"""The landing zone: what has arrived. Files are read, never changed, moved or deleted."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sangloc import settings
from sangloc.errors import RefusedInputError

if TYPE_CHECKING:
    from airflow.sdk import ObjectStoragePath

Kind = Literal["roster", "exams"]

SOURCES = ("screening", "periodic", "school", "worker", "occupational", "insurance")

# Half-written uploads, editors' lock files and what operating systems leave in shared folders.
_TEMPORARY_ENDS = (".tmp", ".part", ".partial", ".filepart", ".crdownload", "~")
_TEMPORARY_BEGINS = (".", "~$")
_LEFTOVERS = {"thumbs.db", "desktop.ini"}

# A file is read into memory as a whole.
MOST_BYTES = 1 << 30


class FileGoneError(RefusedInputError):
    """A landing file that was listed and is not there any more: nobody wants it loaded."""


@dataclass(frozen=True)
class LandingFile:
    """A file of the landing zone.

    `path` is relative to the zone's root (with `/`), `size` in bytes, `modified` in whole seconds since 1970.
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
        # A name that is not UTF-8 comes with surrogates.
        digest = hashlib.sha256(self.path.encode(errors="surrogateescape")).hexdigest()
        return f"{folder}/{digest[:12]}…"


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
        for part in parts:
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


def list_files(slug: str, kind: Kind, *parts: str) -> list[LandingFile]:
    """The files of one landing folder in the order of arrival; empty when there is no such folder.

    The order is that of the modification time in whole seconds, then of the name with its numbers taken as numbers
    ("9" before "10"). Symbolic links are left out.

    Args:
        slug: the province's folder name.
        kind: `roster` or `exams`.
        parts: the folders below it: a commune code, or source and sender.

    Raises:
        RefusedInputError: when the folder exists but may not be read.
    """
    folder = (slug, kind, *parts)
    found = []
    for entry in _entries(*folder):
        try:
            if entry.is_file():
                stat = entry.stat()
                found.append(LandingFile("/".join((*folder, entry.name)), int(stat.st_size), int(stat.st_mtime)))
        except FileNotFoundError:
            continue
        except OSError as error:
            raise _cannot_be_listed(folder, error) from None
    return sorted(found, key=lambda file: (file.modified, _natural(file.name), file.name))


def folders(slug: str, kind: Kind, *parts: str) -> list[str]:
    """Names of the folders in a landing folder, sorted; empty when it does not exist. Symbolic links are left out.

    Raises:
        RefusedInputError: when the folder exists but may not be read.
    """
    try:
        return sorted(str(entry.name) for entry in _entries(slug, kind, *parts) if entry.is_dir())
    except OSError as error:
        raise _cannot_be_listed((slug, kind, *parts), error) from None


def senders(slug: str) -> list[tuple[str, str]]:
    """Everyone who has a folder for exam files, as sorted pairs (source, sender). Unknown sources are left out.

    Raises:
        RefusedInputError: when a folder exists but may not be read.
    """
    return [(source, sender) for source in sorted(SOURCES) for sender in folders(slug, "exams", source)]


def read_bytes(file: LandingFile) -> bytes:
    """The content of a landing file.

    Raises:
        FileGoneError: when it has gone since it was listed.
        RefusedInputError: when it may not be read or is larger than `MOST_BYTES`.
    """
    if file.size > MOST_BYTES:
        raise RefusedInputError(
            f"the landing file {file.label} is larger than {MOST_BYTES >> 20} MB; {_how_to_find(file)} and have its "
            "sender split it"
        )
    try:
        content: bytes = _root().joinpath(*file.path.split("/")).read_bytes()
    except FileNotFoundError:
        raise FileGoneError(f"the landing file {file.label} is not there any more") from None
    except OSError as error:
        raise RefusedInputError(
            f"the landing file {file.label} cannot be read ({type(error).__name__}); {_how_to_find(file)} and give the "
            "account that Airflow runs as the right to read it, or have it sent again"
        ) from None
    return content


def _how_to_find(file: LandingFile) -> str:
    return (
        f"find it with `ls -l` in that folder (it has {file.size} bytes and is not in intake.file; the digits begin the "
        "SHA-256 of its path from the landing folder on)"
    )
