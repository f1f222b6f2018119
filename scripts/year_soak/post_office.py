"""The mail catcher, which fails as a file says: `python -m year_soak.post_office PORT FOLDER ORDERS`."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from sangloc.stack.mailcatcher import LARGEST_MAIL, Catcher
from sangloc.stack.ports import HOST


class PostOffice(Catcher):
    """Takes mails unless `orders` says otherwise: `what`, and which recipient is refused."""

    def __init__(self, folder: Path, orders: Path) -> None:
        super().__init__(folder)
        self.orders = orders

    def _order(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.orders.read_text(encoding="utf-8"))
        return found

    async def handle_MAIL(self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]) -> str:
        if self._order()["what"] == "421":
            return "421 4.3.2 Service not available"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]) -> str:
        if self._order()["what"] == "refused" and address == self._order()["recipient"]:
            return "550 5.1.1 No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        what = self._order()["what"]
        if what == "451":
            return "451 4.3.0 Try again later"
        answer = await super().handle_DATA(server, session, envelope)
        if what == "hang up" and server.transport is not None:
            server.transport.abort()
        return answer


async def serve(port: int, folder: Path, orders: Path) -> None:
    """Take mails on `port` into `folder` until the process is stopped."""
    office = PostOffice(folder, orders)
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(office, data_size_limit=LARGEST_MAIL, enable_SMTPUTF8=True), HOST, port
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])))
