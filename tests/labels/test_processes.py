"""Several processes at once: of the same act exactly one wins, and no number is given twice."""

from sqlalchemy import text

from app.kit.codes import ALPHABET
from app.labels.model import LabelStatus
from app.storage.engine import reading
from tests.installation import Installation
from tests.labels.processes import acting, told

PROCESSES = 4


def is_code(answer: str) -> bool:
    return len(answer) == 9 and set(answer) <= set(ALPHABET)


def test_of_the_same_act_at_once_exactly_one_wins(installation: Installation) -> None:
    footprints = installation.footprints(12)
    others = PROCESSES - 1
    with acting(installation.url, installation.home, PROCESSES) as processes:
        for footprint in footprints[:3]:
            answers = told(processes, "issue", footprint, None, None)
            assert sum(map(is_code, answers)) == 1
            assert answers.count("FootprintAlreadyLabelled") == others
            (code,) = filter(is_code, answers)

            answers = told(processes, "suspend", code)
            assert (answers.count(code), answers.count("LabelAlreadySuspended")) == (1, others)
            answers = told(processes, "reinstate", code)
            assert (answers.count(code), answers.count("LabelNotSuspended")) == (1, others)
            answers = told(processes, "revoke", code)
            assert (answers.count(code), answers.count("LabelAlreadyRevoked")) == (1, others)
            assert installation.label(code).status is LabelStatus.REVOKED  # type: ignore[arg-type]

        for footprint in footprints[3:6]:  # the same key: the same label, whoever came first
            answers = told(processes, "issue", footprint, f"key of {footprint}", None)
            assert len(set(answers)) == 1
            assert is_code(answers[0])

        for old, new in zip(footprints[6:8], footprints[8:10], strict=True):
            before = installation.issue(old).code
            answers = told(processes, "issue", new, None, before)
            assert sum(map(is_code, answers)) == 1
            assert answers.count("FootprintAlreadyLabelled") == others

        # One replaces it while others revoke it: either, never both.
        before = installation.issue(footprints[10]).code
        processes[0].send(("issue", footprints[11], None, before))
        for process in processes[1:]:
            process.send(("revoke", before))
        answers = [str(process.recv()) for process in processes]
        assert sum(map(is_code, answers)) == 1

    with reading(installation.engine) as session:
        numbers = [
            row[0]
            for row in session.connection().execute(
                text("SELECT number FROM label_event ORDER BY number")
            )
        ]
        head = session.connection().execute(text("SELECT * FROM register_head")).one()
        taken = session.connection().execute(
            text("SELECT COUNT(*), COUNT(DISTINCT status_index) FROM label")
        )
        labels, places = taken.one()
    assert numbers == list(range(head.events))
    assert labels == places == head.status_position


def test_different_acts_at_once_all_succeed(installation: Installation) -> None:
    footprints = iter(installation.footprints(40))
    with acting(installation.url, installation.home, PROCESSES) as processes:
        codes = []
        for _ in range(10):
            for process in processes:
                process.send(("issue", next(footprints), None, None))
            codes += [str(process.recv()) for process in processes]
    assert len(set(codes)) == 40
    assert all(map(is_code, codes))
