"""The language of labels: their standing, why they are withdrawn, and the events of their life."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from app.kit.codes import LabelCode


class LabelStatus(IntEnum):
    """Where a label stands, apart from its dates."""

    IN_FORCE = 0
    SUSPENDED = 1
    REVOKED = 2
    SUPERSEDED = 3  # reissued: the successor replaces it


class WithdrawalReason(StrEnum):
    """Why a label is suspended, revoked or reissued: a closed list."""

    ERROR_IN_DATA = "error-in-data"
    RULE_VIOLATION = "rule-violation"
    PRODUCER_REQUEST = "producer-request"
    KEY_COMPROMISED = "key-compromised"
    ACCREDITATION_LOST = "accreditation-lost"
    FRAUD = "fraud"
    PRODUCT_CHANGED = "product-changed"
    CERTIFIER_CEASED = "certifier-ceased"


class LabelEvent(StrEnum):
    """What happened to a label, as the log will tell it."""

    ISSUED = "issued"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class IssuedLabel:
    """A label in the register, as its parties see it."""

    code: LabelCode
    url: str
    footprint_id: str
    producer_id: str
    certifier_id: str
    statement: bytes
    digest: str  # lower-hex SHA-256 of the statement
    key_id: str
    issued_at: datetime
    valid_from: datetime
    valid_until: datetime
    status: LabelStatus
    status_at: datetime
    status_reason: WithdrawalReason | None
    superseded_by: LabelCode | None
    replaces: LabelCode | None
    renews: LabelCode | None
    status_list: int
    status_index: int
