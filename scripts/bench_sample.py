"""How long the sample of a million people takes (`make bench-sample`; SCALE=0.1 for a quick look).

Each run writes the sample into a fresh folder and then copies that folder once: the copy is the baseline, so that the ratio
says how much the making costs beside the mere writing of the same files.
"""

from __future__ import annotations

import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 3
GOAL_SECONDS = 60


def timed(command: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def main() -> None:
    people = round(1_000_000 * float(os.environ.get("SCALE", "1")))
    sangloc = str(Path(sys.executable).with_name("sangloc"))
    made, copied, size = [], [], 0
    for _ in range(RUNS):
        folder = Path(tempfile.mkdtemp(prefix="sangloc-bench-"))
        try:
            command = [sangloc, "sample", "lang_son", "--people", str(people), "--seed", "1", "--as-of", "2026-11-21"]
            made.append(timed([*command, "--out", str(folder / "landing")]))
            copied.append(timed(["cp", "-r", str(folder / "landing"), str(folder / "copy")]))
            size = sum(path.stat().st_size for path in (folder / "landing").rglob("*") if path.is_file())
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}; {people:,} people, {size / 1e6:.0f} MB, {RUNS} runs")
    print(f"runs: {', '.join(f'{seconds:.1f} s' for seconds in made)}; a copy of the files: {statistics.median(copied):.1f} s")
    ratio = statistics.median(a / b for a, b in zip(made, copied, strict=True))
    print(f"FIGURE sample.ratio_to_copy {ratio:.1f} x goal none")
    print(f"FIGURE sample.seconds {statistics.median(made):.1f} s goal <={GOAL_SECONDS * people / 1_000_000:g}")


if __name__ == "__main__":
    main()
