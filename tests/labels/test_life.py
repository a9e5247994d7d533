"""Any sequence of acts on several labels, against a model that is a dozen lines long."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from app.kit.clock import now
from app.kit.codes import LabelCode
from app.kit.errors import CarbonLabelError
from app.labels.model import WithdrawalReason
from app.labels.withdraw import reinstate, revoke, suspend
from app.storage.engine import reading
from tests.installation import Installation, found

LIFE = timedelta(days=30)
# act -> what stands before it -> what stands after it; anything else is refused
ALLOWED = {
    "suspend": {"in-force": "suspended"},
    "reinstate": {"suspended": "in-force"},
    "revoke": {"in-force": "revoked", "suspended": "revoked"},
    "reissue": {"in-force": "superseded", "suspended": "superseded"},
    "renew": {"in-force": "in-force", "suspended": "suspended"},
}


class Lives(RuleBasedStateMachine):
    """Labels of one installation, and what should have become of them."""

    template: Path  # a migrated SQLite file

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp(prefix="carbon-label-life-"))
        shutil.copyfile(self.template, self.home / "x.db")
        self.service: Installation = found(f"sqlite:///{self.home / 'x.db'}", self.home)
        self.clock: datetime = now()
        self.model: dict[LabelCode, tuple[str, datetime, datetime]] = {}
        self.events = 0

    def teardown(self) -> None:
        self.service.engine.dispose()
        shutil.rmtree(self.home)

    codes = Bundle("codes")

    @rule(target=codes)
    def issue(self) -> LabelCode:
        return self._issued()

    @rule(hours=st.integers(-24, 24 * 20))
    def time_passes_or_steps_back(self, hours: int) -> None:
        self.clock += timedelta(hours=hours)

    @rule(code=codes)
    def suspend(self, code: LabelCode) -> None:
        with self.service.at_desk() as (session, desk):
            self._expect(
                "suspend",
                code,
                lambda: suspend(session, desk, code, WithdrawalReason.FRAUD, self.clock),
            )

    @rule(code=codes)
    def reinstate(self, code: LabelCode) -> None:
        with self.service.at_desk() as (session, desk):
            self._expect("reinstate", code, lambda: reinstate(session, desk, code, self.clock))

    @rule(code=codes)
    def revoke(self, code: LabelCode) -> None:
        with self.service.at_desk() as (session, desk):
            self._expect(
                "revoke",
                code,
                lambda: revoke(session, desk, code, WithdrawalReason.FRAUD, self.clock),
            )

    @rule(code=codes)
    def reissue(self, code: LabelCode) -> None:
        self._expect("reissue", code, lambda: self._issued(replaces=code))

    @rule(code=codes)
    def renew(self, code: LabelCode) -> None:
        before = self.events
        self._expect("renew", code, lambda: self._issued(renews=code))
        self.events = min(self.events, before + 1)  # the old label has no event of it

    @invariant()
    def every_label_is_judged_as_the_model_says(self) -> None:
        for code, (status, start, end) in self.model.items():
            expected = status
            if status == "in-force":
                late, early = self.clock > end, self.clock < start
                expected = "expired" if late else "not-yet-valid" if early else "valid"
            judgement = asyncio.run(self.service.judged(code, self.clock))
            assert judgement.verdict.value == expected

    @invariant()
    def events_have_no_gaps(self) -> None:
        with reading(self.service.engine) as session:
            query = text("SELECT COUNT(*), MAX(number) FROM label_event")
            count, last = session.connection().execute(query).one()
        assert count == self.events
        assert last == (self.events - 1 if self.events else None)

    def _issued(self, **links: LabelCode) -> LabelCode:
        label = self.service.issue(
            self.service.footprint(now=self.clock),
            now=self.clock,
            valid_until=max(self.clock, self._latest()) + LIFE,
            replaces=links.get("replaces"),
            renews=links.get("renews"),
        )
        self.model[label.code] = ("in-force", label.valid_from, label.valid_until)
        self.events += 1
        return label.code

    def _latest(self) -> datetime:
        return max((start for _, start, _ in self.model.values()), default=self.clock)

    def _expect(self, act: str, code: LabelCode, perform: Callable[[], object]) -> None:
        status, start, end = self.model[code]
        after = ALLOWED[act].get(status)
        if after is None:
            with pytest.raises(CarbonLabelError):
                perform()
        else:
            perform()
            self.model[code] = (after, start, end)
            self.events += 1


def test_any_life(sqlite_template: Path) -> None:
    Lives.template = sqlite_template
    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=12,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.full
def test_many_long_lives(sqlite_template: Path) -> None:
    Lives.template = sqlite_template
    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=150,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
