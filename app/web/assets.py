"""The files beside the pages: style sheet and icon, named by their content and kept in memory."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

FOLDER = Path(__file__).parent / "static"
CACHE_CONTROL = "public, max-age=31536000, immutable"  # another content has another name

_TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file as it is served: both encodings, and the headers that go with them."""

    path: str  # /static/style.3f2a9c1b7d40.css
    content: bytes
    gzipped: bytes
    content_type: str
    etag: str  # with its quotes


@cache
def static_files() -> Mapping[str, StaticFile]:
    """Return every static file by its path; read and compressed once."""
    files = (_read(source) for source in sorted(FOLDER.iterdir()) if source.suffix in _TYPES)
    return MappingProxyType({file.path: file for file in files})


@cache
def static_path(name: str) -> str:
    """Return the path of a file by its name in the folder: `style.css`; raises `KeyError`."""
    stem, _, suffix = name.rpartition(".")
    for path in static_files():
        if path.startswith(f"/static/{stem}.") and path.endswith(f".{suffix}"):
            return path
    raise KeyError(name)


def _read(source: Path) -> StaticFile:
    content = source.read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:12]
    return StaticFile(
        path=f"/static/{source.stem}.{digest}{source.suffix}",
        content=content,
        gzipped=gzip.compress(content, compresslevel=9, mtime=0),
        content_type=_TYPES[source.suffix],
        etag=f'"{digest}"',
    )
