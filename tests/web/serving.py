"""The real application behind a real HTTP server, and clients of its parties."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn
from starlette.types import ASGIApp

from app.kit.clock import now
from app.parties.model import Party, Role
from app.parties.register import register
from app.parties.tokens import make_token
from app.storage.engine import writing
from app.storage.reader import open_reader
from app.web.app import web_app
from app.web.service import Service
from tests.installation import ROOT, Installation

JSON = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Api:
    """The API as one party uses it; paths are below /api/v1."""

    http: httpx.Client
    token: str | None

    def __call__(self, method: str, path: str, **request: Any) -> httpx.Response:
        headers = {**request.pop("headers", {})}
        if self.token is not None:
            headers["authorization"] = f"Bearer {self.token}"
        return self.http.request(method, f"/api/v1{path}", headers=headers, **request)

    def hand_in(self, file: bytes) -> httpx.Response:
        """Post a footprint file."""
        return self("POST", "/footprints", content=file, headers=JSON)

    def accept(self, footprint: str) -> httpx.Response:
        """Accept a footprint, verified today."""
        wanted = {"level": "limited", "verifiedOn": now().date().isoformat()}
        return self("POST", f"/footprints/{footprint}/acceptance", json=wanted)


@dataclass(frozen=True, slots=True)
class Served:
    """An installation that answers on a port of this machine."""

    installation: Installation
    service: Service
    base_url: str
    http: httpx.Client
    producer: Api
    certifier: Api
    stranger: Api  # without any token

    def joined(self, party: Party) -> Api:
        """Return the API as another party uses it."""
        return Api(self.http, token_of(self.installation, party))

    def admit_producer(self, party_id: str) -> Party:
        """Admit another producer."""
        name = {"en": f"Producer {party_id} (fictitious)"}
        with writing(self.installation.engine) as session:
            return register(session, party_id, Role.PRODUCER, name, now=now(), fictitious=True)

    def issued(self) -> str:
        """Issue a label of fresh oranges and return its code."""
        return self.installation.issue().code


def token_of(installation: Installation, party: Party) -> str:
    with writing(installation.engine) as session:
        return make_token(session, party, now())


def service_of(installation: Installation) -> Service:
    return Service(
        origin=installation.origin,
        did=installation.did,
        engine=installation.engine,
        reader=open_reader(installation.url),
        store=installation.store,
        seal=installation.seal,
        rules=installation.rules,
        templates=ROOT / "label_templates",
    )


@contextmanager
def listening(app: ASGIApp) -> Iterator[str]:
    """Serve an application on a free port; give its address."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.005)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def serving(installation: Installation) -> Iterator[Served]:
    """Serve an installation with tokens for its producer and its certifier."""
    service = service_of(installation)
    with listening(web_app(service)) as base_url, httpx.Client(base_url=base_url) as http:
        yield Served(
            installation=installation,
            service=service,
            base_url=base_url,
            http=http,
            producer=Api(http, token_of(installation, installation.producer)),
            certifier=Api(http, token_of(installation, installation.certifier)),
            stranger=Api(http, None),
        )
