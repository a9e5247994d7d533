"""What goes wrong with a database that is not our caller's fault."""

from typing import ClassVar

from app.kit.errors import CarbonLabelError


class StorageUnavailable(CarbonLabelError):
    """The database does not answer, or cannot write."""

    code: ClassVar[str] = "storage-unavailable"

    def __init__(self) -> None:
        super().__init__(
            "The database cannot be reached or written just now. Nothing was stored; try again."
        )
