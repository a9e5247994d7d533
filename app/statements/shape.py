"""The signed document's exact shape: every key, every type, every pattern; nothing else.

`msgspec` refuses unknown and missing keys, nulls and numbers, and names the place. The names
here are the JSON names of docs/label-format.md.
"""

from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, field

VC_CONTEXT = "https://www.w3.org/ns/credentials/v2"
CONTEXT_PATH = "/contexts/carbon-label/v1"

S = TypeVar("S", bound=Struct)

Id = Annotated[str, Meta(pattern=r"\A[a-z0-9]+(?:-[a-z0-9]+)*\Z", max_length=60)]
Line = Annotated[str, Meta(min_length=1, max_length=1000)]
Url = Annotated[str, Meta(pattern=r"\A[!-~]+\Z", max_length=500)]
DecimalText = Annotated[str, Meta(pattern=r"\A-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?\Z", max_length=30)]
Stamp = Annotated[
    str, Meta(pattern=r"\A[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z\Z")
]
Day = Annotated[str, Meta(pattern=r"\A[0-9]{4}-[01][0-9]-[0-3][0-9]\Z")]


class Closed(Struct, forbid_unknown_fields=True, rename="camel", gc=False):
    """A JSON object with exactly the named members."""


class Text(Closed):
    """A text in one language."""

    # Its form is for `lint`: sixty times a pattern would be half of the time that reading takes.
    language: Annotated[str, Meta(max_length=35)] = field(name="@language")
    value: Line = field(name="@value")


TextList = Annotated[list[Text], Meta(min_length=1, max_length=20)]


class Named(Closed):
    """Something known by its texts alone, or by an id as well."""

    name: TextList
    id: Id | UnsetType = UNSET


class Product(Closed):
    """What carries the label."""

    name: TextList
    category: Annotated[str, Meta(pattern=r"\A[a-z0-9-]+(?:/[a-z0-9-]+)*\Z", max_length=100)]
    gtin: Annotated[str, Meta(pattern=r"\A[0-9]{14}\Z")] | UnsetType = UNSET
    batch: Line | UnsetType = UNSET
    origin: TextList | UnsetType = UNSET
    image: Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")] | UnsetType = UNSET


class Producer(Closed):
    """Who makes it."""

    name: TextList
    registration: Annotated[str, Meta(pattern=r"\A[0-9A-Z]{18}\Z")] | UnsetType = UNSET


class Amount(Closed):
    """An amount and its unit."""

    amount: DecimalText
    unit: Annotated[str, Meta(max_length=20)]


class Stage(Closed):
    """One life-cycle stage."""

    id: Id
    name: TextList
    value: DecimalText
    text: TextList
    includes: Annotated[list[Named], Meta(min_length=1, max_length=40)] | UnsetType = UNSET
    fossil: DecimalText | UnsetType = UNSET
    biogenic: DecimalText | UnsetType = UNSET
    land_use: DecimalText | UnsetType = UNSET
    removals: DecimalText | UnsetType = UNSET


class Exclusion(Closed):
    """What is not counted, and why."""

    what: TextList
    why: TextList


class Rule(Closed):
    """The product category rule."""

    id: Id
    version: Annotated[str, Meta(pattern=r"\A[0-9]+(?:\.[0-9]+)*\Z", max_length=20)]
    name: TextList


class Period(Closed):
    """The reference period, both days included."""

    start: Day
    end: Day


class Verification(Closed):
    """The certifier's assurance and its date."""

    level: Literal["limited", "reasonable"]
    on: Day


class Comparison(Closed):
    """A sourced figure of the category."""

    value: DecimalText
    text: TextList
    source: Line
    n: Line
    year: Line
    boundary: Literal["cradle-to-gate", "cradle-to-grave", "gate-to-gate"]


class Claims(Closed, kw_only=True):
    """What the producer declared and the certifier accepted: the subject without its links."""

    type: Literal["ProductCarbonFootprint"]
    product: Product
    producer: Producer
    declared_unit: Amount
    package_content: Amount | UnsetType = UNSET
    indicator: Literal["CO2e", "CO2"]
    total: DecimalText
    text: TextList
    stages: Annotated[list[Stage], Meta(min_length=1, max_length=40)]
    boundary: Literal["cradle-to-gate", "cradle-to-grave", "gate-to-gate"]
    excluded: Annotated[list[Exclusion], Meta(min_length=1, max_length=40)] | UnsetType = UNSET
    rule: Rule
    standards: Annotated[list[Line], Meta(min_length=1, max_length=20)] | UnsetType = UNSET
    gwp: Line | UnsetType = UNSET
    reference_period: Period
    primary_data_share: DecimalText | UnsetType = UNSET
    data_quality: DecimalText | UnsetType = UNSET
    practices: Annotated[list[Named], Meta(min_length=1, max_length=40)] | UnsetType = UNSET
    comparison: Comparison | UnsetType = UNSET
    illustrative: Annotated[list[Id], Meta(min_length=1, max_length=20)] | UnsetType = UNSET
    sources: Annotated[list[Line], Meta(min_length=1, max_length=20)] | UnsetType = UNSET
    inventory_digest: Annotated[str, Meta(pattern=r"\Asha256-[A-Za-z0-9+/]{43}=\Z")]
    verification: Verification


class Subject(Claims, kw_only=True):
    """The claims with their identity and their links to other labels."""

    id: Url
    replaces: Url | UnsetType = UNSET
    renews: Url | UnsetType = UNSET


class Issuer(Closed):
    """The certifier."""

    id: Url
    name: TextList
    description: TextList | UnsetType = UNSET


class StatusEntry(Closed):
    """A position in one of the three status lists."""

    id: Url
    type: Literal["BitstringStatusListEntry"]
    status_purpose: Literal["revocation", "suspension", "refresh"]
    status_list_index: Annotated[str, Meta(pattern=r"\A(?:0|[1-9][0-9]{0,9})\Z")]
    status_list_credential: Url


class RefreshService(Closed):
    """Where the newest label of this product is found."""

    id: Url
    type: Literal["CarbonLabelRefresh"]


class Proof(Closed):
    """The Data Integrity proof. `@context` may be missing in a foreign one."""

    type: Literal["DataIntegrityProof"]
    cryptosuite: Literal["eddsa-jcs-2022"]
    created: Stamp
    verification_method: Url
    proof_purpose: Literal["assertionMethod"]
    proof_value: Annotated[str, Meta(pattern=r"\Az[1-9A-HJ-NP-Za-km-z]{40,100}\Z")]
    context: list[Url] | UnsetType = field(name="@context", default=UNSET)


class Unsigned(Closed, kw_only=True):
    """A statement before its proof."""

    context: tuple[Literal["https://www.w3.org/ns/credentials/v2"], Url] = field(name="@context")
    id: Url
    type: tuple[Literal["VerifiableCredential"], Literal["CarbonLabelCredential"]]
    issuer: Issuer
    valid_from: Stamp
    valid_until: Stamp
    credential_subject: Subject
    refresh_service: RefreshService
    credential_status: tuple[StatusEntry, StatusEntry, StatusEntry]


class Statement(Unsigned, kw_only=True):
    """The signed document."""

    proof: Proof


def in_shape(document: object, shape: type[S]) -> S:
    """Return the document as `shape`; raises `msgspec.ValidationError`, which names the place."""
    return msgspec.convert(document, shape, strict=True)
