"""The landing zone: what has arrived. Files are read, never changed, moved or deleted."""

from __future__ import annotations

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


@dataclass(frozen=True, order=True)
class LandingFile:
    """A file of the landing zone: its path relative to the zone's root (with `/`) and its size in bytes."""

    path: str
    size: int

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rsplit("/", 1)[-1]


def _root() -> ObjectStoragePath:
    from airflow.sdk import ObjectStoragePath

    return ObjectStoragePath(settings.landing())


def _is_temporary(name: str) -> bool:
    low = name.lower()
    return low.startswith(_TEMPORARY_BEGINS) or low.endswith(_TEMPORARY_ENDS) or low in _LEFTOVERS


def _entries(*parts: str) -> list[ObjectStoragePath]:
    folder = _root().joinpath(*parts)
    try:
        if not folder.is_dir():
            return []
        return sorted((entry for entry in folder.iterdir() if not _is_temporary(entry.name)), key=lambda e: str(e.name))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RefusedInputError(
            f"the landing folder {'/'.join(parts)} cannot be listed ({type(error).__name__}); "
            "give the account that Airflow runs as the right to read it"
        ) from None


def list_files(slug: str, kind: Kind, *parts: str) -> list[LandingFile]:
    """The files of one landing folder, sorted by name; empty when there is no such folder.

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
                found.append(LandingFile("/".join((*folder, entry.name)), int(entry.stat().st_size)))
        except FileNotFoundError:
            continue
    return found


def folders(slug: str, kind: Kind, *parts: str) -> list[str]:
    """Names of the folders in a landing folder, sorted; empty when it does not exist.

    Raises:
        RefusedInputError: when the folder exists but may not be read.
    """
    return [str(entry.name) for entry in _entries(slug, kind, *parts) if entry.is_dir()]


def senders(slug: str) -> list[tuple[str, str]]:
    """Everyone who has a folder for exam files, as sorted pairs (source, sender). Unknown sources are left out.

    Raises:
        RefusedInputError: when a folder exists but may not be read.
    """
    return [(source, sender) for source in sorted(SOURCES) for sender in folders(slug, "exams", source)]


def read_bytes(file: LandingFile) -> bytes:
    """The content of a landing file.

    Raises:
        RefusedInputError: when the file may not be read or has gone since it was listed.
    """
    try:
        content: bytes = _root().joinpath(*file.path.split("/")).read_bytes()
    except OSError as error:
        raise RefusedInputError(
            f"the landing file {file.path} cannot be read ({type(error).__name__}); "
            "give the account that Airflow runs as the right to read it, or send it again"
        ) from None
    return content
