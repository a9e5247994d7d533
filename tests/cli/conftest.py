"""The command, run in this process: on an installation, or on a machine without one."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli.main import main
from tests.installation import PASSPHRASE, Installation


@dataclass(frozen=True, slots=True)
class Command:
    """`carbon-label`, with what it answers."""

    home: Path

    def __call__(self, *words: object, status: int = 0, stdin: str | None = None) -> Result:
        """Run the command; its exit status must be `status`."""
        done = CliRunner().invoke(main, [str(word) for word in words], input=stdin)
        assert done.exit_code == status, done.output
        return done

    def json(self, *words: object, status: int = 0) -> Any:
        """Run the command with --json and return what it says."""
        return json.loads(self(*words, "--json", status=status).stdout)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Give the command on a machine where nothing was ever started."""
    for name in ("DATABASE_URL", "KEY_PASSPHRASE", "KEY_PASSPHRASE_FILE", "PUBLIC_URL", "DEBUG"):
        monkeypatch.delenv(f"CARBON_LABEL_{name}", raising=False)
    monkeypatch.setenv("CARBON_LABEL_HOME", str(tmp_path / "bare"))
    monkeypatch.chdir(tmp_path)
    return Command(tmp_path / "bare")


@pytest.fixture
def command(bare: Command, installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Give the command on an installation with a certifier and a producer."""
    monkeypatch.setenv("CARBON_LABEL_HOME", str(installation.home))
    monkeypatch.setenv("CARBON_LABEL_DATABASE_URL", installation.url)
    monkeypatch.setenv("CARBON_LABEL_KEY_PASSPHRASE", PASSPHRASE)
    return Command(installation.home)
