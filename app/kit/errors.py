"""The one error root, and the flaws that a refused document is told about."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


class CarbonLabelError(Exception):
    """Something that a caller can understand and mend.

    Each subclass is named as the fact and has a stable `code`; its message says what was wrong,
    where, and what to do. `web/problems.py` and the command line are the only places that turn
    one into an answer.
    """

    code: ClassVar[str] = "error"

    def facts(self) -> dict[str, object]:
        """Return the values at fault, for machines: the instance's public attributes."""
        return {name: value for name, value in vars(self).items() if not name.startswith("_")}


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing wrong with a document: where, what, and how to mend it.

    `field` is a path such as `stages[2].value`; the empty path is the document itself.
    """

    field: str
    code: str
    message: str


class DocumentRefused(CarbonLabelError):
    """A document has flaws; every one found is listed, and nothing was stored."""

    code: ClassVar[str] = "document-refused"

    def __init__(self, what: str, flaws: Sequence[Flaw]) -> None:
        lines = [f"{flaw.field or 'document'}: {flaw.message}" for flaw in flaws]
        super().__init__(f"The {what} was refused, nothing was stored. " + " | ".join(lines))
        self.flaws = tuple(flaws)
