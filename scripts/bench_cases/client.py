"""Ask for many paths over a few kept connections, and tell how it went: where there is no wrk.

client.py PORT SECONDS ACCEPT: paths come on standard input, one a line; a JSON object goes out.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from itertools import count

import uvloop

_CONNECTIONS = 16


class Connection(asyncio.Protocol):
    """Sends the next request as soon as the answer to the last one is complete."""

    def __init__(self, requests: list[bytes], numbers: "count[int]", until: float) -> None:
        self._requests, self._numbers, self._until = requests, numbers, until
        self._received = b""
        self.statuses: Counter[int] = Counter()
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport: asyncio.WriteTransport = transport  # type: ignore[assignment]  # it is TCP
        self._ask()

    def _ask(self) -> None:
        if time.perf_counter() >= self._until:
            self._transport.close()
            return
        self._transport.write(self._requests[next(self._numbers) % len(self._requests)])

    def data_received(self, data: bytes) -> None:
        """Count an answer once it is there as a whole."""
        self._received = self._received + data if self._received else data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        if len(body) >= length:
            self.statuses[int(head[9:12])] += 1
            self._received = b""
            self._ask()

    def connection_lost(self, _: Exception | None) -> None:
        """End."""
        self.done.set_result(None)


async def load(port: int, seconds: float, accept: str, paths: list[str]) -> dict[str, object]:
    """Ask for `seconds`; return requests, seconds and how often each status came."""
    requests = [
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: {accept}\r\n"
        "Accept-Encoding: gzip\r\n\r\n".encode()
        for path in paths
    ]
    began, numbers = time.perf_counter(), count()
    loop = asyncio.get_running_loop()
    connections = [
        (
            await loop.create_connection(
                lambda: Connection(requests, numbers, began + seconds), "127.0.0.1", port
            )
        )[1]
        for _ in range(_CONNECTIONS)
    ]
    for connection in connections:
        await connection.done
    statuses = sum((connection.statuses for connection in connections), Counter[int]())
    return {
        "requests": statuses.total(),
        "seconds": time.perf_counter() - began,
        "statuses": {str(status): times for status, times in statuses.items()},
    }


if __name__ == "__main__":
    uvloop.install()
    asked = load(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3], sys.stdin.read().split())
    print(json.dumps(asyncio.run(asked)))
