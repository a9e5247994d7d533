"""Real processes that issue and withdraw: what they do, and how the tests start them."""

import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from app.kit.clock import now
from app.kit.codes import LabelCode
from app.kit.errors import CarbonLabelError
from app.labels.model import WithdrawalReason
from app.labels.withdraw import reinstate, revoke, suspend
from tests.installation import reopened

# Forked from a server that has imported everything: a process starts in milliseconds, so that many
# can be killed, and shares no connection with this one.
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.labels.processes"])

Started = tuple[ForkServerProcess, Connection]


def act_when_told(url: str, home: Path, connection: Connection) -> None:
    """Do each act that is sent, and send back what came of it: a code, or an error's class."""
    installation = reopened(url, home)
    connection.send("ready")
    while True:
        act, *arguments = connection.recv()
        if act == "end":
            return
        try:
            if act == "issue":
                footprint, key, replaces = arguments
                code = installation.issue(footprint, key=key, replaces=replaces).code
            else:
                code = LabelCode(arguments[0])
                with installation.at_desk() as (session, desk):
                    if act == "revoke":
                        revoke(session, desk, code, WithdrawalReason.FRAUD, now())
                    elif act == "suspend":
                        suspend(session, desk, code, WithdrawalReason.FRAUD, now())
                    else:
                        reinstate(session, desk, code, now())
            connection.send(str(code))
        except CarbonLabelError as refused:
            connection.send(type(refused).__name__)


def issue_one_by_one(
    url: str, home: Path, orders: Sequence[tuple[str, str]], connection: Connection
) -> None:
    """Issue labels for (footprint, idempotency key); send key and code once they are committed."""
    installation = reopened(url, home)
    connection.send("ready")
    for footprint, key in orders:
        label = installation.issue(footprint, key=key)
        connection.send((key, str(label.code)))


@contextmanager
def acting(url: str, home: Path, number: int) -> Iterator[list[Connection]]:
    """Give the connections of so many processes that act when told."""
    started = []
    for _ in range(number):
        ours, theirs = _CONTEXT.Pipe()
        process = _CONTEXT.Process(target=act_when_told, args=(url, home, theirs))
        process.start()
        theirs.close()
        started.append((process, ours))
    try:
        for _, connection in started:
            assert connection.recv() == "ready"
        yield [connection for _, connection in started]
    finally:
        for process, connection in started:
            connection.send(("end",))
            process.join(30)
            assert process.exitcode == 0
            connection.close()
            process.close()


def issuing(url: str, home: Path, orders: Sequence[tuple[str, str]]) -> Started:
    """Start a process that issues one by one, and return it with what it sends."""
    ours, theirs = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(target=issue_one_by_one, args=(url, home, orders, theirs))
    process.start()
    theirs.close()
    return process, ours


def told(connections: Sequence[Connection], *act: object) -> list[str]:
    """Tell all of them the same at once, and return what came of it."""
    for connection in connections:
        connection.send(act)
    return [str(connection.recv()) for connection in connections]
