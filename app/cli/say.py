"""What a command answers: words for people, JSON for machines, and why it could not."""

import sys
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import click
import orjson

json_option = click.option("--json", "as_json", is_flag=True, help="Answer with JSON.")


class Shape(Protocol):
    """A published answer: one of the models of the HTTP interface."""

    def model_dump(self, *, mode: str, by_alias: bool, exclude_none: bool) -> dict[str, Any]:
        """Return it as a JSON object."""
        ...


class Refusal(click.ClickException):
    """Something that a command cannot do; the message says what to do instead."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


def as_object(shape: Shape) -> dict[str, Any]:
    """Return a published shape as the JSON object that the HTTP interface would send."""
    return shape.model_dump(mode="json", by_alias=True, exclude_none=True)


def answer(as_json: bool, data: Mapping[str, Any], lines: Iterable[str]) -> None:
    """Print the answer, as JSON or as lines."""
    if as_json:
        click.echo(orjson.dumps(data, option=orjson.OPT_INDENT_2).decode())
        return
    for line in lines:
        click.echo(line)


def table(rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Return rows as lines with aligned columns."""
    listed = [*rows]
    widths = [max(_width(cell) for cell in column) for column in zip(*listed, strict=True)]
    return [
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in listed
    ]


def progress(text: str) -> None:
    """Show how far a long command is, on a terminal only."""
    if sys.stderr.isatty():
        click.echo(f"\r{text}", nl=False, err=True)


def warn(text: str) -> None:
    """Say something that did not stop the command."""
    click.echo(f"warning: {text}", err=True)


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes: CJK characters take two."""
    return sum(2 if "\u1100" <= c <= "\uffdc" and not c.isascii() else 1 for c in text)
