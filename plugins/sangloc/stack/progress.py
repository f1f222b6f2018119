"""What a person sees while something runs: live bars on a terminal, plain lines anywhere else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

# Outside a terminal a counter is written again at most this often (seconds).
_PLAIN_PAUSE = 10.0
_MARKS = {"running": "[cyan]…[/]", "done": "[green]✓[/]", "failed": "[red]✗[/]"}


class Display:
    """Steps and counters of one command.

    `step` is entered around a piece of work; `count` sets a counter, made on its first call. Use as a context manager.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self._live = console.is_terminal
        self._progress = Progress(
            TextColumn("{task.fields[mark]}"),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[note]}", markup=False),
            TimeElapsedColumn(),
            console=console,
            disable=not self._live,
        )
        self._bars: dict[str, TaskID] = {}
        self._said: dict[str, tuple[float, str]] = {}
        self._since: dict[str, float] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._progress.stop()

    def say(self, line: str) -> None:
        """Write one line above the bars."""
        self.console.print(Text(line))

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Show that `title` is under way, then how long it took."""
        bar = self._progress.add_task(title, total=None, mark=_MARKS["running"], note="")
        begun = time.monotonic()
        outcome = "failed"
        try:
            yield
            outcome = "done"
        finally:
            self._progress.update(bar, total=1, completed=1, mark=_MARKS[outcome])
            self._progress.stop_task(bar)
            if not self._live:
                self.say(f"{'✓' if outcome == 'done' else '✗'} {title} ({time.monotonic() - begun:.1f} s)")

    def count(self, key: str, title: str, done: int, total: int, outcome: str = "running", note: str = "") -> None:
        """Set a counter.

        Args:
            key: which counter.
            done, total: how much of how much.
            outcome: running, done or failed.
            note: shown behind the numbers.
        """
        text = f"{done}/{total}" + (f" {note}" if note else "")
        now = time.monotonic()
        begun = self._since.setdefault(key, now)
        if self._live:
            if key not in self._bars:
                self._bars[key] = self._progress.add_task(title, mark="", note="")
            bar = self._bars[key]
            self._progress.update(bar, total=max(total, 1), completed=done, mark=_MARKS[outcome], note=text)
            if outcome != "running":
                self._progress.stop_task(bar)
            return
        said_at, said = self._said.get(key, (begun, ""))
        line = f"{'…' if outcome == 'running' else '✓' if outcome == 'done' else '✗'} {title} {text}"
        if outcome != "running":
            line += f" ({now - begun:.1f} s)"
        if line.split(" (")[0] != said and (outcome != "running" or now - said_at >= _PLAIN_PAUSE):
            self.say(line)
            self._said[key] = (now, line.split(" (")[0])
