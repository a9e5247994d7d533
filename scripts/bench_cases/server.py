"""Serve an installation, or an empty route, exactly as `carbon-label serve` does.

server.py DESCRIPTOR [HOME]: the number of a listening socket, and the installation's folder.
"""

import socket
import sys
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from app.cli.serve import run
from app.main import make_app
from app.settings import Settings


async def empty(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer nothing, with 200: the least that this server can do."""
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def main(descriptor: str, *home: str) -> None:
    """Serve until SIGTERM."""
    app: ASGIApp = empty
    settings = Settings(home=Path(*home))
    if home:
        app = make_app(settings, "")
    with socket.socket(fileno=int(descriptor)) as listening:
        run(app, settings, listening, "", https=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
