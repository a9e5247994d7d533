"""The closed lists whose codes the pages put into words.

Each context here is a `msgctxt` of the catalogues, each code a `msgid`: a code added to a list
fails the catalogue check until every language has words for it.
"""

from collections.abc import Mapping

from app.footprints.model import Assurance, Boundary, Illustrated
from app.kit.units import Indicator, Unit
from app.labels.model import WithdrawalReason
from app.statements.model import Outcome, Verdict

CHECKS = ("structure", "signature", "issuer", "stages", "dates", "status", "log")

REASONS = (
    "well-formed",
    "malformed",
    "signature-right",
    "signature-wrong",
    "row-altered",
    "issuer-known",
    "issuer-not-known",
    "key-unknown",
    "key-compromised",
    "key-not-trusted",
    "no-key",
    "other-label",
    "key-retired",
    "issuer-not-resolvable",
    "development-origin",
    "sum-exact",
    "sum-wrong",
    "in-period",
    "expired",
    "not-yet-valid",
    "not-withdrawn",
    "revoked",
    "suspended",
    "superseded",
    "status-unavailable",
    "status-expired",
    "status-untrusted",
    "not-checked",
)

CODED: Mapping[str, tuple[str, ...]] = {
    "language": ("name",),
    "verdict title": tuple(Verdict),
    "verdict sentence": tuple(Verdict),
    "verdict period": tuple(v for v in Verdict if v not in {Verdict.FORGED, Verdict.UNKNOWN}),
    "verdict advice": tuple(Verdict),
    "check": CHECKS,
    "result": tuple(Outcome),
    "reason": REASONS,
    "withdrawal reason": tuple(WithdrawalReason),
    "boundary": tuple(Boundary),
    "assurance": tuple(Assurance),
    "indicator": tuple(Indicator),
    "per unit": (*Unit, "quantity"),
    "illustrative": tuple(Illustrated),
}
