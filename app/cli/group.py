"""The ground of the command: groups that import lazily, errors as plain words and honest statuses.

Exit statuses: 0 done, 1 refused, 64 wrong usage, 70 a fault of ours, 130 interrupted;
`verify` has its own (0 valid, 1 not valid, 2 could not tell).
"""

import errno
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, NoReturn, cast

import click
import orjson

from app.cli.say import Refusal
from app.kit.errors import CarbonLabelError, DocumentRefused

USAGE, FAULT, INTERRUPTED = 64, 70, 130


class LazyGroup(click.Group):
    """A group whose commands are named `module:attribute` and imported when they are needed."""

    def __init__(self, *args: Any, lazy: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lazy = dict(lazy or {})

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the commands in the order in which they were declared."""
        return [*self._lazy, *self.commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, imported now if it is a lazy one."""
        where = self._lazy.get(cmd_name)
        if where is None:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = where.partition(":")
        return cast("click.Command", getattr(import_module(module), attribute))


class CarbonLabelCommand(LazyGroup):
    """The whole command: runs one, and turns whatever it raises into words and a status."""

    def main(  # type: ignore[override] # click's overloads; the wider signature is kept
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        **extra: Any,
    ) -> NoReturn:
        """Run the command line `args` and exit with its status."""
        given = [*(sys.argv[1:] if args is None else args)]
        extra["standalone_mode"] = False
        sys.exit(self._status(given, prog_name or "carbon-label", extra))

    def _status(self, given: list[str], prog_name: str, extra: dict[str, Any]) -> int:
        as_json = "--json" in given
        try:
            returned = super().main(given, prog_name, **extra)
            sys.stdout.flush()
        except click.exceptions.NoArgsIsHelpError as bare:
            click.echo(bare.format_message(), err=True)
            return USAGE
        except click.UsageError as wrong:
            if as_json:
                _tell_json("usage", wrong.format_message(), USAGE)
            else:
                wrong.show()
            return USAGE
        except click.Abort:
            click.echo("Interrupted.", err=True)
            return INTERRUPTED
        except click.ClickException as refused:
            code = refused.code if isinstance(refused, Refusal) else "refused"
            _tell(as_json, code, refused.format_message(), refused.exit_code)
            return refused.exit_code
        except Exception as raised:  # the last floor: nothing falls through
            if os.environ.get("CARBON_LABEL_DEBUG") == "1":
                raise
            return _raised(as_json, raised)
        return returned if isinstance(returned, int) else 0


def _raised(as_json: bool, raised: Exception) -> int:
    if isinstance(raised, CarbonLabelError):
        _tell(as_json, raised.code, str(raised), 1, raised)
        return 1
    if isinstance(raised, BrokenPipeError) or getattr(raised, "errno", 0) == errno.EPIPE:
        # Whoever read our output has gone, as `head` does; Python must not complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    if isinstance(raised, OSError):
        where = f"{raised.filename}: " if raised.filename else ""
        _tell(as_json, "system", f"{where}{raised.strerror or raised}.", 1)
        return 1
    original = getattr(raised, "orig", None)  # SQLAlchemy hands on what the driver said
    if original is not None:
        _tell(as_json, "database", f"The database says: {original}", 1)
        return 1
    text = (
        f"Something unexpected happened: {type(raised).__name__}: {raised}. Nothing is known to be "
        "half done. With CARBON_LABEL_DEBUG=1 the whole trace is shown; please report it."
    )
    _tell(as_json, "unexpected", text, FAULT)
    return FAULT


def _tell(
    as_json: bool, code: str, text: str, status: int, error: CarbonLabelError | None = None
) -> None:
    if as_json:
        _tell_json(code, text, status, error)
    elif isinstance(error, DocumentRefused):
        click.echo("error: refused, nothing was stored. To mend:", err=True)
        for flaw in error.flaws:
            click.echo(f"  {flaw.field or 'document'}: {flaw.message}", err=True)
    else:
        click.echo(f"error: {text}", err=True)


def _tell_json(code: str, text: str, status: int, error: CarbonLabelError | None = None) -> None:
    """Print a problem (RFC 9457); its `status` is the exit status."""
    title = text
    if error is not None:
        title = (type(error).__doc__ or code).partition("\n")[0].rstrip(".")
    facts = {_camel(name): value for name, value in (error.facts() if error else {}).items()}
    problem = {
        **facts,
        "type": f"/problems/{code}",
        "title": title,
        "status": status,
        "detail": text,
        "code": code,
    }
    click.echo(orjson.dumps(problem, default=str, option=orjson.OPT_INDENT_2).decode())


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
