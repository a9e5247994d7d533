"""`carbon-label serve`: answer scans and work over HTTP, until it is told to stop."""

import ipaddress
import socket
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from app.cli.installed import read_settings
from app.cli.say import Refusal, warn

if TYPE_CHECKING:
    from app.settings import Settings

_ANYWHERE = {"0.0.0.0", "::", ""}  # noqa: S104 - compared with, not bound to
_MOST_CONNECTIONS = 1000
_GRACE = 10  # seconds in which open requests may end

host_option = click.option("--host", help="The address to listen on; before CARBON_LABEL_HOST.")
port_option = click.option(
    "--port", type=click.IntRange(1, 65535), help="The port to listen on; before CARBON_LABEL_PORT."
)
https_option = click.option(
    "--https",
    is_flag=True,
    help="Serve with a certificate of a local authority: a phone gets a secure context.",
)


@click.command()
@host_option
@port_option
@https_option
def serve(host: str | None, port: int | None, https: bool) -> None:
    """Serve pages, documents and the HTTP interface. Makes keys and tables where there are none.

    The first start fixes the public origin, which is printed into every code.
    """
    from app.main import open_service
    from app.web.app import web_app

    settings = with_listening(read_settings(), host, port)
    listening = listen(settings)
    service = open_service(settings, fallback_origin(settings, https=https))
    for line in greeting(settings, service.origin, https=https):
        click.echo(line)
    sys.stdout.flush()  # into a log, too, before anything else comes
    run(web_app(service), settings, listening, service.origin, https=https)


def with_listening(settings: "Settings", host: str | None, port: int | None) -> "Settings":
    """Return the settings with another place to listen, where one is given."""
    changes = {"host": host or settings.host, "port": port or settings.port}
    return settings.model_copy(update=changes)


def listen(settings: "Settings") -> socket.socket:
    """Take the port, before anything else is done; raises `Refusal` if somebody else has it."""
    try:
        family, _, _, _, address = socket.getaddrinfo(
            settings.host or None, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, socket.SOCK_STREAM)
    except OSError as failed:
        raise Refusal(
            f"{settings.host} is no address of this machine ({failed.strerror}).",
            "address-not-usable",
        ) from None
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(2048)
    except OSError as failed:
        listening.close()
        raise Refusal(
            f"Port {settings.port} of {settings.host} cannot be used ({failed.strerror}): another "
            "program may have it. Choose another with CARBON_LABEL_PORT or --port.",
            "port-taken",
        ) from None
    return listening


def fallback_origin(settings: "Settings", *, https: bool) -> str:
    """Return the origin that is fixed at the first start if no public URL is set."""
    scheme = "https" if https else "http"
    return f"{scheme}://{_own_host(settings)}:{settings.port}"


def lan_address() -> str:
    """Return the address of this machine that its network uses; 127.0.0.1 without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # A datagram socket sends nothing here; the system only chooses the way out.
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def greeting(settings: "Settings", origin: str, *, https: bool) -> list[str]:
    """Return what to open; warns of codes that lead elsewhere than to this service."""
    scheme = "https" if https else "http"
    here = f"{scheme}://{_own_host(settings)}:{settings.port}"
    lines = [f"Carbon Label serves {here} (Ctrl-C stops it)"]
    if origin != here:
        lines.append(f"Its codes and statements carry {origin}")
    for text in mismatches(settings, origin, https=https):
        warn(text)
    if https:
        trust = settings.home.resolve() / "tls" / "authority.crt"
        lines.append(f"For a phone to trust it, install {trust} there (for trying out only).")
    return lines


def mismatches(settings: "Settings", origin: str, *, https: bool) -> list[str]:
    """Return why the address that the codes carry may not lead to this service, if so.

    With a public URL of its own choosing, an operator has a proxy in between: nothing is said.
    """
    if settings.public_url is not None:
        return []
    parts = urlsplit(origin)
    scheme = "https" if https else "http"
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    found = []
    if (parts.scheme, port) != (scheme, settings.port):
        found.append(
            f"Codes of this installation carry {origin}, fixed at its first start, but this "
            f"service listens with {scheme} on port {settings.port}: scanned labels will not be "
            f"reached. Start it {'with' if parts.scheme == 'https' else 'without'} --https on port "
            f"{port}, or take a new CARBON_LABEL_HOME."
        )
    own = _own_host(settings)
    if parts.hostname != own and _is_address(parts.hostname or ""):
        found.append(
            f"Codes of this installation carry {origin}, but this machine's address is {own} now: "
            "phones may not reach them. Give the machine its old address, or take a new "
            "CARBON_LABEL_HOME."
        )
    if own.startswith("127."):
        found.append("The service listens for only this machine: no phone can open the codes.")
    return found


def run(
    app: Callable[..., Any],
    settings: "Settings",
    listening: socket.socket,
    origin: str,
    *,
    https: bool,
) -> None:
    """Serve until SIGTERM or Ctrl-C; open requests may end."""
    import uvicorn

    certificate = None
    if https:
        from app.kit.clock import now
        from app.signing.local_ca import local_certificate

        hosts = {_own_host(settings), urlsplit(origin).hostname or "localhost"}
        certificate = local_certificate(settings.home.resolve() / "tls", hosts, now()).server
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            loop="auto",  # uvloop where there is one
            http="httptools",
            ws="none",
            log_config=None,
            log_level="warning",
            access_log=False,  # who scanned what is nobody's business
            server_header=False,
            proxy_headers=False,  # nothing here depends on a client's address
            timeout_keep_alive=15,
            timeout_graceful_shutdown=_GRACE,
            limit_concurrency=_MOST_CONNECTIONS,
            ssl_certfile=certificate,
        )
    )
    try:
        server.run(sockets=[listening])
    except KeyboardInterrupt:
        click.echo("Stopped.")


def _own_host(settings: "Settings") -> str:
    """Return the host under which others reach the address that is listened on."""
    return lan_address() if settings.host in _ANYWHERE or ":" in settings.host else settings.host


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
