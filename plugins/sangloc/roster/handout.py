"""Workbooks for the communes' offices, in the landing zone's `returned` folder."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from sangloc import settings
from sangloc.errors import RefusedInputError

if TYPE_CHECKING:
    from airflow.sdk import ObjectStoragePath


def _folder(slug: str, commune_code: str) -> ObjectStoragePath:
    from airflow.sdk import ObjectStoragePath

    folder = ObjectStoragePath(settings.landing())
    # Object stores have no links, and no such method.
    is_link = getattr(folder.fs, "islink", None)
    for part in (slug, "returned", "roster", commune_code):
        folder = folder / part
        if is_link and is_link(folder.path):
            raise RefusedInputError(
                f"the landing folder {slug}/returned/roster/{commune_code} lies behind a symbolic link; make it a folder"
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
    folder = _folder(slug, commune_code)
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
        raise _cannot_write(slug, commune_code, error) from None
    return f"{slug}/returned/roster/{commune_code}/{name}"


def take_away_workbook(slug: str, commune_code: str, name: str) -> None:
    """Remove a workbook that `keep_workbook` laid down; nothing when there is none.

    Raises:
        RefusedInputError: as `keep_workbook`.
    """
    folder = _folder(slug, commune_code)
    try:
        (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise _cannot_write(slug, commune_code, error) from None


def _cannot_write(slug: str, commune_code: str, error: OSError) -> RefusedInputError:
    return RefusedInputError(
        f"the landing folder {slug}/returned/roster/{commune_code} cannot be written ({type(error).__name__}); give the "
        "account that Airflow runs as the right to write it"
    )
