"""Servers under load: start them, ask them, read what it cost them."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil  # type: ignore[import-untyped]  # it brings no stubs

from scripts.bench_cases.ground import ROOT
from scripts.bench_cases.measure import Cost, WrongResult

_HERE = Path(__file__).parent
_CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Server:
    """A running server process of ours."""

    port: int
    process: psutil.Process

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Ask once, by hand."""
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", headers=headers)

    def cpu(self) -> float:
        """Return the CPU time it has used, in seconds."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def resident(self) -> float:
        """Return its resident memory, in MB."""
        return float(self.process.memory_info().rss) / 1e6


@dataclass(frozen=True, slots=True)
class Load:
    """What a client asks for: paths, one a line in a file, and the type it accepts."""

    paths: Path
    accept: str
    exists: bool = True  # whether 200 is the right answer; else it is 404


@contextmanager
def serving(home: Path | None = None) -> Iterator[Server]:
    """Give a server of an installation, or without one of an empty route."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("CARBON_LABEL_")
    }
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = int(listening.getsockname()[1])
        process = subprocess.Popen(
            [
                sys.executable,
                str(_HERE / "server.py"),
                str(listening.fileno()),
                *map(str, [home] if home else []),
            ],
            pass_fds=[listening.fileno()],
            env={**environment, "PYTHONPATH": str(ROOT)},
            cwd=home or ROOT,
        )
    try:
        server = Server(port, psutil.Process(process.pid))
        answer = httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=60)
        if answer.status_code != 200:
            raise WrongResult(f"the server is not ready: {answer.status_code}")
        yield server
    finally:
        process.terminate()
        process.wait(timeout=30)


def cost_of_load(server: Server, load: Load, seconds: float) -> Cost:
    """Ask a server for some time; return what a request costs it. Raises `WrongResult`."""
    before = server.cpu()
    told = _ask(server.port, load, seconds)
    spent = server.cpu() - before
    requests = int(told["requests"])
    if told["wrong"] or not requests:
        raise WrongResult(f"{told} for {load.accept}")
    return Cost(spent / requests, float(told["seconds"]) / requests)


def _ask(port: int, load: Load, seconds: float) -> dict[str, Any]:
    wrk = shutil.which("wrk")
    if wrk is None:
        with load.paths.open("rb") as paths:
            told = _run(
                [sys.executable, str(_HERE / "client.py"), str(port), str(seconds), load.accept],
                paths,
            )
        expected = told["statuses"].get("200" if load.exists else "404", 0)
        return {**told, "wrong": told["requests"] - expected}
    told = _run(
        [
            wrk,
            "-t1",
            f"-c{_CONNECTIONS}",
            f"-d{max(1, round(seconds))}s",
            "-s",
            str(_HERE / "wrk.lua"),
            f"http://127.0.0.1:{port}",
            "--",
            str(load.paths),
            load.accept,
        ],
        None,
    )
    refused = told["refused"] if load.exists else told["requests"] - told["refused"]
    return {**told, "wrong": refused + told["broken"]}


def _run(command: list[str], given: Any) -> dict[str, Any]:
    done = subprocess.run(command, stdin=given, capture_output=True, check=True, text=True)
    told: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return told
