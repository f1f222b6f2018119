"""The client of Airflow's API, against a server that answers too late."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from sangloc.errors import ConfigurationError
from sangloc.stack import api


class Slow(http.server.BaseHTTPRequestHandler):
    """Lets the first question of each kind wait for too long."""

    asked: list[str] = []  # noqa: RUF012 - of one test

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.asked.append(self.command)
        if self.asked.count(self.command) == 1:
            time.sleep(0.6)
        # Whoever asked may have gone.
        with suppress(OSError):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"total_entries": 3}')

    do_GET = do_POST = _answer

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def airflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[api.Airflow]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (tmp_path / "state.json").write_text(json.dumps({"ports": {"ui": server.server_address[1]}}))
    (tmp_path / "secrets.json").write_text(json.dumps({"airflow": "x"}))
    monkeypatch.setattr(api, "_PATIENCE", 0.2)
    Slow.asked.clear()
    yield api.Airflow(tmp_path)
    server.shutdown()


def test_a_question_is_asked_again_when_the_machine_slept(airflow: api.Airflow) -> None:
    assert airflow._send("GET", "/api/v2/dags", None) == (200, {"total_entries": 3})
    assert Slow.asked == ["GET", "GET"]


def test_what_changes_something_is_not(airflow: api.Airflow) -> None:
    with pytest.raises(ConfigurationError, match="does not answer"):
        airflow._send("POST", "/api/v2/dags", {})
    assert Slow.asked == ["POST"]
