"""An ASGI application that is made when it is first asked, and whose every answer forbids keeping and embedding it."""

from __future__ import annotations

import importlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# Personal data: nothing of it stays in a browser's cache, goes along in a link, or is shown inside somebody else's page.
# Airflow shows it in a frame of its own. The policy for styles comes with each page, which has them by nonce.
STRICT = {
    "cache-control": "no-store",
    "pragma": "no-cache",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "content-security-policy": "default-src 'none'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'",
    "x-robots-tag": "noindex",
}


class LazyApp:
    """The application that `module.factory()` makes."""

    def __init__(self, module: str, factory: str) -> None:
        self.module, self.factory = module, factory
        self.app: App | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; see the ASGI specification."""
        if self.app is None:
            self.app = getattr(importlib.import_module(self.module), self.factory)()

        async def strictly(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", []))
                names = {bytes(name).lower() for name, _ in given}
                more = [(key.encode(), value.encode()) for key, value in STRICT.items() if key.encode() not in names]
                message["headers"] = given + more
            await send(message)

        await self.app(scope, receive, strictly)
