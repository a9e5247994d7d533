"""The whole web: scans through the front door, work under /api, everything else public."""

from starlette.types import ASGIApp, Receive, Scope, Send

from app.web.api import api
from app.web.public import public_app
from app.web.render import warm_up
from app.web.scan import ScanDoor
from app.web.service import Service


def web_app(service: Service) -> ASGIApp:
    """Return the ASGI application of an installation."""
    warm_up()
    scans, work, public = ScanDoor(service), api(service), public_app(service)

    async def front_door(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(service, receive, send)
        elif scope["type"] == "http":
            path = scope["path"]
            if path.startswith(("/l/", "/L/")):
                await scans(scope, receive, send)
            elif path.startswith(("/api/", "/problems/")) or path == "/docs":
                await work(scope, receive, send)
            else:
                await public(scope, receive, send)

    return front_door


async def _lifespan(service: Service, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await service.reader.close()
    await send({"type": "lifespan.shutdown.complete"})
