"""What `verify` is asked about: a statement, a code, the address of a label, a picture of one."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import click

from app.cli.picture import LARGEST_PICTURE, codes_in, picture_format
from app.cli.say import Refusal

_LABEL_URL = re.compile(
    r"/l/(?P<code>[^/?#]+?)(?:\.json|/(?:statement|latest|proof))?/?", re.ASCII | re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class StatementFile:
    """The bytes of what claims to be a statement."""

    data: bytes


@dataclass(frozen=True, slots=True)
class TypedCode:
    """A code as it was typed, of this installation."""

    typed: str


@dataclass(frozen=True, slots=True)
class LabelAddress:
    """The address of a label: its origin (lower case, no default port) and code as typed."""

    origin: str
    typed: str


@dataclass(frozen=True, slots=True)
class OtherAddress:
    """Another address, at which there may be a statement."""

    url: str


Target = StatementFile | TypedCode | LabelAddress | OtherAddress


def target_of(text: str) -> Target:
    """Return what a word of the command line names.

    Raises `click.UsageError` for what is none of the four, `Refusal` for a picture that cannot
    be read.
    """
    if text.lower().startswith(("http://", "https://")):
        return _address(text)
    path = Path(text)
    if path.is_dir():
        raise click.UsageError(f"{text} is a folder; give a file in it.")
    if text == "-" or path.exists():
        return _file(path)
    if "/" in text or "." in text:
        raise click.UsageError(f"There is no file {text!r}, and it is no code or link.")
    return TypedCode(text)


def _file(path: Path) -> Target:
    from app.cli.files import read_bounded
    from app.labels.verifying import is_statement

    data = read_bounded(path, LARGEST_PICTURE)
    if len(data) > LARGEST_PICTURE:
        raise click.UsageError(f"{path} is larger than {LARGEST_PICTURE >> 20} MiB: no statement.")
    if picture_format(data):
        return _pictured(path, codes_in(path, data))
    if is_statement(data):
        return StatementFile(data)
    raise click.UsageError(
        f"{path} is neither a carbon label statement nor a picture (PNG, JPEG) of a label."
    )


def _pictured(path: Path, texts: list[str]) -> Target:
    labels = [text for text in texts if text.lower().startswith(("http://", "https://"))]
    if len(labels) > 1:
        listed = ", ".join(repr(text[:80]) for text in labels[:5])
        raise click.UsageError(
            f"{path} shows several codes ({listed}). Give one of them, or a picture of one label."
        )
    if labels:
        return _address(labels[0])
    if texts:
        raise click.UsageError(f"The code in {path} is not a label's; it says {texts[0][:80]!r}.")
    raise Refusal(
        f"No code can be read in {path}. Take the picture from nearer, sharp and evenly lit.",
        "no-code-in-picture",
    )


def _address(text: str) -> Target:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise click.UsageError(f"{text[:100]!r} is no link.") from None
    if not parts.hostname:
        raise click.UsageError(f"{text[:100]!r} is no link.")
    scheme = parts.scheme.lower()
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    standard = {"http": 80, "https": 443}[scheme]
    origin = f"{scheme}://{host}" + ("" if port in {None, standard} else f":{port}")
    found = _LABEL_URL.fullmatch(parts.path)
    if found:
        return LabelAddress(origin, found["code"])
    return OtherAddress(parts._replace(scheme=scheme, netloc=origin.partition("://")[2]).geturl())
