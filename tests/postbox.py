"""A real SMTP server for tests, as friendly or as hostile as it is told to be."""

from __future__ import annotations

import asyncio
import email
import email.policy
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Postbox:
    """A real SMTP server in this process; keeps what it takes and can be told how to answer.

    `refuse`: the answer to a recipient. `answer`: to a mail, after its end. `hang_up`: the connection breaks after that.
    `trouble`: what happens at MAIL, RCPT, DATA, TEXT (in the middle of the mail) or END (after its end, before the answer): an
    answer, `hang up`, `stall`, or `drip`: an answer that comes letter by letter and never ends. `open`: how many are connected.
    """

    def __init__(self) -> None:
        self.mails: list[Envelope] = []
        self.refuse: dict[str, str] = {}
        self.answer = "250 OK"
        self.hang_up = False
        self.trouble: dict[str, str] = {}
        self.port = 0
        self.open = 0

    async def at(self, stage: str, server: SMTP) -> str:
        """The answer to give at a stage instead of the usual one; empty when there is no trouble."""
        trouble = self.trouble.get(stage, "")
        if trouble == "hang up":
            assert server.transport is not None
            server.transport.abort()
        elif trouble == "stall":
            await asyncio.sleep(30)
        elif trouble == "drip":
            while server.transport is not None and not server.transport.is_closing():
                server.transport.write(b"2")
                await asyncio.sleep(0.1)
        return trouble

    async def handle_MAIL(self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]) -> str:
        envelope.mail_from = address
        return await self.at("MAIL", server) or "250 OK"

    async def handle_RCPT(self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]) -> str:
        trouble = await self.at("RCPT", server)
        if trouble or address in self.refuse:
            return trouble or self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        if self.answer.startswith("250"):
            self.mails.append(envelope)
        trouble = await self.at("END", server)
        if self.hang_up:
            assert server.transport is not None
            server.transport.close()
        return trouble or self.answer

    @property
    def arrived(self) -> list[tuple[str, str]]:
        """Message-ID and recipient of every mail it took."""
        return [
            (email.message_from_bytes(mail.content or b"", policy=email.policy.default)["Message-ID"], to)
            for mail in self.mails
            for to in mail.rcpt_tos
        ]


class Hostile(SMTP):
    """The server, as far as its handler is not asked."""

    def connection_made(self, transport: Any) -> None:
        self.event_handler.open += 1
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self.event_handler.open -= 1

    async def smtp_DATA(self, arg: str) -> None:
        box: Postbox = self.event_handler
        trouble = await box.at("DATA", self)
        if trouble:
            await self.push(trouble)
            return
        if box.trouble.get("TEXT"):
            await self.push("354 go on")
            await self._reader.readline()
            await box.at("TEXT", self)
            return
        await super().smtp_DATA(arg)


class Server(Controller):
    """A postbox's controller."""

    def factory(self) -> SMTP:
        return Hostile(self.handler, **self.SMTP_kwargs)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(box: Postbox, **more: Any) -> Iterator[int]:
    """The port on which a postbox takes mail meanwhile."""
    box.port = box.port or free_port()
    controller = Server(box, hostname="127.0.0.1", port=box.port, data_size_limit=50_000_000, **more)
    controller.start()
    try:
        yield box.port
    finally:
        controller.stop(no_assert=True)
