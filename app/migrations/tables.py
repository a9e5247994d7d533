"""Every table there is: importing this fills SQLModel's metadata."""

from sqlmodel import SQLModel

from app.footprints.records import FootprintRow
from app.labels.records import (
    IssueRequestRow,
    LabelEventRow,
    LabelRow,
    RegisterHeadRow,
    SignedStatusListRow,
)
from app.parties.records import OrganisationRow, TokenRow
from app.signing.records import InstallationRow, SigningKeyRow

TABLES: tuple[type[SQLModel], ...] = (
    InstallationRow,
    SigningKeyRow,
    OrganisationRow,
    TokenRow,
    FootprintRow,
    RegisterHeadRow,
    LabelRow,
    LabelEventRow,
    IssueRequestRow,
    SignedStatusListRow,
)
