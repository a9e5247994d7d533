"""The real application for the tests of the web, on SQLite and on PostgreSQL."""

from collections.abc import Iterator

import pytest

from tests.installation import Installation
from tests.web.serving import Served, serving


@pytest.fixture
def served(installation: Installation) -> Iterator[Served]:
    """Give a running service with a producer and a certifier, once on each database."""
    with serving(installation) as running:
        yield running
