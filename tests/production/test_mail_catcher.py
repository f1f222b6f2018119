"""The demo profile's mail catcher can be reached by other containers."""

from __future__ import annotations

import smtplib
import socket
import subprocess
import sys
import time
from pathlib import Path

import yaml

from sangloc import settings

COMMAND = yaml.safe_load((settings.root() / "docker-compose.yaml").read_text(encoding="utf-8"))["services"]["mail"]["command"]
# Not the loopback address it takes by itself; every Linux has it.
ADDRESS = "127.0.0.2"


def test_it_listens_at_the_address_it_is_given(tmp_path: Path) -> None:
    assert COMMAND[:3] == ["python", "-m", "sangloc.stack.mailcatcher"]
    assert COMMAND[-1] == "0.0.0.0"
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        port = probe.getsockname()[1]
    given = {"1025": str(port), "/var/lib/sangloc/mails": str(tmp_path), "0.0.0.0": ADDRESS}
    catcher = subprocess.Popen([sys.executable, *(given.get(word, word) for word in COMMAND[1:])])
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                with smtplib.SMTP(ADDRESS, port, timeout=10) as client:
                    client.sendmail("sangloc@a.example", ["vanthu@b.example"], "Subject: x\r\n\r\nnội dung".encode())
                break
            except ConnectionRefusedError:
                assert catcher.poll() is None
                assert time.monotonic() < deadline, f"nothing listens at {ADDRESS}"
                time.sleep(0.1)
    finally:
        catcher.terminate()
        catcher.wait(10)
    (mail,) = tmp_path.glob("*.eml")
    assert "nội dung" in mail.read_text(encoding="utf-8")
