"""A project folder for the simulation: the project's own files, with its own profiles and its own table of swapped days."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from sangloc import provinces, settings
from year_soak.model import Offices, Province

REASON = {"reason": "Diễn tập", "source": "Thông báo giả định của cuộc diễn tập"}


def simulated_root(folder: Path, joining: tuple[Province, ...], offices: Offices) -> Path:
    """Lay the folder out; returns it, for `SANGLOC_ROOT`.

    What differs from the project: the day on which each province joined, and the days that `offices` swaps.
    """
    own = settings.root()
    include = folder / "include"
    include.mkdir(parents=True)
    for path in own.iterdir():
        if path.name in ("plugins", "scripts"):
            (folder / path.name).symlink_to(path)
    shutil.copytree(own / "dags", folder / "dags", ignore=shutil.ignore_patterns("__pycache__"))
    for path in (folder / "dags").iterdir():
        # Airflow reads a file that is newer than its clock again and again.
        os.utime(path, (0, 0))
    for path in (own / "include").iterdir():
        if path.name not in ("provinces", "calendar"):
            (include / path.name).symlink_to(path)
    for province in joining:
        made, source = include / "provinces" / province.slug, own / "include" / "provinces" / province.slug
        made.mkdir(parents=True)
        (made / "communes.csv").symlink_to(source / "communes.csv")
        text = (source / "profile.yaml").read_text(encoding="utf-8")
        text, times = re.subn(r"(?m)^joined_on: .*$", f"joined_on: {province.joined}", text)
        assert times == 1, f"{source}: expected one joined_on"
        (made / "profile.yaml").write_text(text, encoding="utf-8")
    (include / "calendar").mkdir()
    text = (own / "include" / "calendar" / "overrides.yaml").read_text(encoding="utf-8")
    for heading, days in (("days_off:\n", offices.swapped), ("days_worked:\n", offices.worked)):
        more = "".join(
            f"  - date: {day}\n" + "".join(f"    {key}: {word}\n" for key, word in REASON.items()) for day in sorted(days)
        )
        text = text.replace(heading, heading + more)
    (include / "calendar" / "overrides.yaml").write_text(text, encoding="utf-8")
    return folder


def contacts(slug: str) -> dict[str, str]:
    """The mailboxes of a province's officer, deputy, engineer and superior."""
    found = provinces.load(slug).contacts
    return {name: getattr(found, name) for name in ("officer", "deputy", "engineer", "superior")}
