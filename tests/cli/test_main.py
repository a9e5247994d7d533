"""The command as a whole: what it says, how it ends, how fast it starts."""

import errno
import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import installed as installed_module
from app.cli.group import FAULT, INTERRUPTED, USAGE
from app.cli.main import main
from tests.cli.conftest import Command
from tests.installation import ROOT, Installation, unique_example

STARTED = """
import sys
from app.cli.main import main
try:
    main({words!r})
except SystemExit as ended:
    print(sorted({{"fastapi", "sqlmodel", "sqlalchemy", "httpx"}} & set(sys.modules)), ended.code)
"""


def started(home: Path, *words: str) -> list[str]:
    """Return what a fresh process says that runs the command; modules and status come last."""
    done = subprocess.run(
        [sys.executable, "-c", STARTED.format(words=list(words))],
        env={"CARBON_LABEL_HOME": str(home), "PATH": "", "PYTHONPATH": str(ROOT)},
        cwd=home,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.splitlines()


def test_help_and_verify_load_no_framework(tmp_path: Path, installation: Installation) -> None:
    file = tmp_path / "statement.json"
    file.write_bytes(installation.issue().statement)
    assert started(tmp_path, "--help")[-1] == "[] 0"
    assert started(tmp_path, "verify", "--help")[-1] == "[] 0"
    assert started(tmp_path, "verify", str(file))[-1] == "[] 2"  # nobody said whom to trust


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_verify_of_our_own_label_loads_no_framework(installation: Installation) -> None:
    label = installation.issue()
    (installation.home / "carbon-label.db").symlink_to(installation.url.removeprefix("sqlite:///"))
    (installation.home / "passphrase").write_text("correct horse battery staple\n")
    (installation.home / "passphrase").chmod(0o600)
    assert started(installation.home, "verify", label.code)[-1] == "[] 0"


def test_without_words_the_help_is_shown_and_the_status_is_wrong_usage(bare: Command) -> None:
    assert "Usage: carbon-label" in bare(status=USAGE).stderr
    assert "Usage: carbon-label db" in bare("db", status=USAGE).stderr


@pytest.mark.parametrize(
    "words",
    [
        ("nothing",),
        ("revoke", "7Q4K-2M9X-G"),
        ("revoke", "7Q4K-2M9X-H", "--reason", "fraud"),
        ("issue", "F1", "--from", "tomorrow"),
        ("issue", "F1", "--until", "2026-02-30"),
        ("serve", "--port", "0"),
        ("producer", "add", "nameless"),
        ("key", "add"),
        ("key", "add", "demo", "--service"),
        ("print", "7Q4K-2M9X-G", "--format", "gif"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_64_and_says_what_is_right(bare: Command, words: tuple[str, ...]) -> None:
    assert "Error: " in bare(*words, status=USAGE).stderr
    problem = bare.json(*words, status=USAGE)
    assert (problem["code"], problem["status"]) == ("usage", USAGE)
    assert problem["detail"]
    assert not bare.home.exists()


@pytest.mark.parametrize(
    "words",
    [
        ("label", "list"),
        ("producer", "list"),
        ("key", "list"),
        ("db", "check"),
        ("issue", "F1"),
        ("revoke", "7Q4K-2M9X-G", "--reason", "fraud"),
        ("print", "7Q4K-2M9X-G"),
    ],
    ids=" ".join,
)
def test_before_the_first_start_every_act_says_how_to_begin(
    bare: Command, words: tuple[str, ...]
) -> None:
    assert "carbon-label serve" in bare(*words, status=1).stderr
    assert bare.json(*words, status=1)["code"] == "not-installed"
    assert not bare.home.exists()


def test_tables_alone_are_no_installation(bare: Command) -> None:
    assert bare.json("db", "upgrade") == {"after": "0001", "before": None}
    assert bare.json("db", "upgrade") == {"after": "0001", "before": "0001"}
    assert bare.json("label", "list", status=1)["code"] == "not-installed"


def test_a_refusal_is_one_plain_line(command: Command) -> None:
    done = command("label", "show", "7Q4K-2M9X-G", status=1)
    assert done.stdout == ""
    assert done.stderr.startswith("error: There is no label")
    assert done.stderr.count("\n") == 1
    problem = command.json("label", "show", "7Q4K-2M9X-G", status=1)
    assert problem["type"] == "/problems/label-not-found"
    assert problem["title"] == "No label has this code"
    assert problem["label"] == "7Q4K2M9XG"


def test_every_flaw_of_a_file_is_listed(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "flawed.json"
    file.write_bytes(unique_example(total=0.5, boundary="everywhere"))
    done = command("footprint", "import", file, status=1)
    assert "\n  total: " in done.stderr
    assert "\n  boundary: " in done.stderr
    flaws = command.json("footprint", "import", file, status=1)["flaws"]
    assert {flaw["field"] for flaw in flaws} == {"total", "boundary"}


def test_a_setting_that_cannot_be_used_is_named(
    bare: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARBON_LABEL_PORT", "many")
    assert "CARBON_LABEL_PORT" in bare("label", "list", status=1).stderr


def test_a_database_that_is_none_is_said_plainly(bare: Command) -> None:
    bare.home.mkdir()
    (bare.home / "carbon-label.db").write_bytes(b"This is not a database at all, is it?" * 100)
    done = bare("label", "list", status=1)
    assert done.stderr.startswith("error: The database ")
    assert "Traceback" not in done.output


def test_what_nobody_expected_is_said_without_a_trace(
    bare: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raises(error: BaseException) -> None:
        def raising() -> None:
            raise error

        monkeypatch.setattr(installed_module, "read_settings", raising)

    raises(ZeroDivisionError("half a label"))
    done = bare("label", "list", status=FAULT)
    assert "ZeroDivisionError: half a label" in done.stderr
    assert "Traceback" not in done.output
    assert bare.json("label", "list", status=FAULT)["code"] == "unexpected"
    monkeypatch.setenv("CARBON_LABEL_DEBUG", "1")
    assert isinstance(CliRunner().invoke(main, ["label", "list"]).exception, ZeroDivisionError)
    monkeypatch.delenv("CARBON_LABEL_DEBUG")
    raises(OSError(errno.ENOSPC, "No space left on device", "labels/x.pdf"))
    assert "labels/x.pdf: No space left" in bare("label", "list", status=1).stderr
    raises(KeyboardInterrupt())
    assert "Interrupted" in bare("label", "list", status=INTERRUPTED).stderr


def test_the_version_is_said(bare: Command) -> None:
    assert bare("--version").stdout.strip() == "0.1.0"


def test_a_reader_that_has_gone_ends_the_command_quietly(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", "from app.cli.main import main; main()", "--help"],
        env={"CARBON_LABEL_HOME": str(tmp_path), "PATH": "", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()  # as `head` does, before a line was written
        assert process.stderr.read() == b""


def test_json_is_one_document_on_standard_output(command: Command) -> None:
    done = command("producer", "list", "--json")
    assert json.loads(done.stdout)["producers"][0]["fictitious"] is True
    assert done.stderr == ""
