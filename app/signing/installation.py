"""Which installation this is: its public origin, fixed at the first start, for ever."""

from datetime import datetime
from typing import ClassVar
from urllib.parse import urlsplit

from sqlmodel import Session

from app.kit.errors import CarbonLabelError
from app.signing.records import found_installation, installation_row


class OriginNotUsable(CarbonLabelError):
    """The public URL is not an origin that can be printed into a code."""

    code: ClassVar[str] = "origin-not-usable"

    def __init__(self, got: str, why: str) -> None:
        super().__init__(
            f"The public URL {got[:100]!r} cannot be used: {why}. "
            "Set CARBON_LABEL_PUBLIC_URL to scheme, host and port, such as https://label.example."
        )
        self.got = got[:100]


class OriginFixed(CarbonLabelError):
    """The public URL differs from the one that labels of this installation carry."""

    code: ClassVar[str] = "origin-fixed"

    def __init__(self, fixed: str, wanted: str) -> None:
        super().__init__(
            f"This installation's labels carry {fixed}; CARBON_LABEL_PUBLIC_URL says {wanted}. "
            "Printed codes cannot be changed: set it back, or start a new installation in "
            "another CARBON_LABEL_HOME."
        )
        self.fixed, self.wanted = fixed, wanted


class NotInstalled(CarbonLabelError):
    """There is no installation here yet."""

    code: ClassVar[str] = "not-installed"

    def __init__(self) -> None:
        super().__init__(
            "There is no installation here yet. `carbon-label serve` or `carbon-label demo` makes "
            "one in CARBON_LABEL_HOME."
        )


def parse_origin(text: str) -> str:
    """Return scheme, host and port in lower case, without a default port; raises `OriginNotUsable`.

    Only characters that a QR code's alphanumeric mode holds are accepted.
    """
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        raise OriginNotUsable(text, "it is no URL") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise OriginNotUsable(text, "expected https://HOST or http://HOST")
    if parts.path not in {"", "/"} or parts.query or parts.fragment or parts.username:
        raise OriginNotUsable(text, "expected no path, query or user")
    host = parts.hostname.lower()
    if not host.isascii() or set(host) - set("abcdefghijklmnopqrstuvwxyz0123456789.-"):
        raise OriginNotUsable(text, "the host may hold letters, digits, dots and dashes only")
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + ("" if port in {None, default} else f":{port}")


def fix_origin(session: Session, wanted: str | None, fallback: str, now: datetime) -> str:
    """Return the installation's origin; the first call fixes `wanted`, or else `fallback`.

    Raises `OriginFixed` if a later setting differs, `OriginNotUsable`.
    """
    origin = parse_origin(wanted) if wanted else None
    row = installation_row(session)
    if row is None:
        row = found_installation(session, origin or parse_origin(fallback), now)
    if origin is not None and origin != row.origin:
        raise OriginFixed(row.origin, origin)
    return row.origin


def origin_of_installation(session: Session) -> str:
    """Return the fixed origin; raises `NotInstalled`."""
    row = installation_row(session)
    if row is None:
        raise NotInstalled
    return row.origin
