"""Reading the register when someone has written nonsense into it."""

import pytest
from sqlalchemy import text

from app.labels.find import RowAltered, find_label, newest_labels
from app.storage.engine import reading, writing
from tests.installation import Installation


@pytest.mark.parametrize("change", ["status = 99", "status_at = 'zz'", "status_reason = '<x>'"])
def test_a_row_that_cannot_be_read_is_called_altered(
    installation: Installation, change: str
) -> None:
    label = installation.issue()
    with writing(installation.engine) as session:
        session.connection().execute(text(f"UPDATE label SET {change}"))  # noqa: S608 - ours
    with reading(installation.engine) as session:
        with pytest.raises(RowAltered, match=label.code):
            find_label(session, label.code)
        with pytest.raises(RowAltered, match="db check"):
            newest_labels(session)
