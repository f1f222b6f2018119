"""The demo's mail server: takes every mail, keeps it as a file and sends nothing on.

Run as `python -m sangloc.stack.mailcatcher PORT FOLDER [ADDRESS]`; without an address only this machine reaches it.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from sangloc import clock
from sangloc.stack.ports import HOST

LARGEST_MAIL = 50 * 1024 * 1024


class Catcher:
    """Writes each accepted mail to `<folder>/<time>-<number>.eml`, complete or not at all.

    The envelope's sender and recipients stand in front as `X-Envelope-From` and `X-Envelope-To`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.numbers = itertools.count(1)
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        name = f"{clock.now():%Y%m%d-%H%M%S}-{os.getpid()}-{next(self.numbers):04d}.eml"
        head = f"X-Envelope-From: {envelope.mail_from}\r\nX-Envelope-To: {', '.join(envelope.rcpt_tos)}\r\n"
        body = envelope.original_content or b""
        part = self.folder / f".{name}.part"
        with part.open("wb") as file:
            file.write(head.encode() + body)
            file.flush()
            os.fsync(file.fileno())
        part.rename(self.folder / name)
        return "250 Message accepted for delivery"


async def serve(port: int, folder: Path, address: str = HOST) -> None:
    """Catch mails on `port` of `address` into `folder` until the process is stopped."""
    catcher = Catcher(folder)
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(catcher, data_size_limit=LARGEST_MAIL, enable_SMTPUTF8=True), address, port
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:4]))
