"""Files that a command reads and writes: bounded on the way in, whole on the way out."""

import os
import sys
from pathlib import Path

import click

from app.cli.say import Refusal


def read_bounded(path: Path, limit: int) -> bytes:
    """Return a file's bytes (`-`: standard input), at most one more than `limit`.

    Whoever parses them sees that they are too many. Raises `Refusal` if there is no such file.
    """
    if str(path) == "-":
        return sys.stdin.buffer.read(limit + 1)
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except OSError as failed:
        raise Refusal(f"{path} cannot be read: {failed.strerror}.", "file-not-read") from None


def write_whole(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write a file whole or not at all, over one of the same name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_out(data: bytes) -> None:
    """Write bytes to standard output; refuses a terminal, which they would only confuse."""
    if sys.stdout.isatty():
        raise click.UsageError("Bytes are not for a terminal; give --output FILE or a pipe.")
    sys.stdout.buffer.write(data)
