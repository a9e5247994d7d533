"""`carbon-label demo` and `serve`: from nothing to labels to scan, as often as one likes."""

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageDraw

from app.cli.demo import example_files, symbol
from app.cli.serve import greeting, lan_address, mismatches
from app.settings import Settings
from tests.cli.conftest import Command
from tests.installation import ROOT

RUN = [sys.executable, "-c", "from app.cli.main import main; main()"]


@pytest.fixture
def machine(bare: Command, empty_database_url: str, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Give the command on a fresh machine, with either database."""
    monkeypatch.setenv("CARBON_LABEL_DATABASE_URL", empty_database_url)
    return bare


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(home: Path, *words: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """Run a command that serves; ended by Ctrl-C."""
    environment = {
        **{name: value for name, value in os.environ.items() if "CARBON_LABEL" not in name},
        "PYTHONPATH": str(ROOT),
        "CARBON_LABEL_HOME": str(home),
        **{f"CARBON_LABEL_{name}": value for name, value in settings.items()},
    }
    process = subprocess.Popen(
        [*RUN, *words],
        env=environment,
        cwd=home.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


def answered(url: str, trust: ssl.SSLContext | None = None) -> httpx.Response:
    """Return the answer of a service that is about to start."""
    until = time.monotonic() + 30
    while True:
        try:
            return httpx.get(url, verify=trust or True, trust_env=False)
        except httpx.TransportError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def test_every_example_gets_a_label_and_a_paper(machine: Command) -> None:
    told = machine.json("demo")
    assert {each["example"] for each in told["labels"]} == {path.stem for path in example_files()}
    for each in told["labels"]:
        assert each["verdict"] == "valid"
        paper = Path(each["file"])
        assert paper.name == f"{each['example']}-{each['code']}.pdf"
        document = pypdfium2.PdfDocument(paper)
        assert len(document) == 1
        picture = document[0].render(scale=600 / 72).to_pil()
        document.close()
        assert [found.text for found in zxingcpp.read_barcodes(picture)] == [each["url"].upper()]
    (certifier,) = machine.json("certifier", "list")["certifiers"]
    assert certifier["fictitious"] is True
    assert "虚构" in certifier["name"]["zh-CN"]
    assert all(party["fictitious"] for party in machine.json("producer", "list")["producers"])
    assert machine.json("db", "check")["labels"] == len(told["labels"])


def test_started_again_it_changes_nothing(machine: Command) -> None:
    first = machine.json("demo")
    papers = {path: path.stat().st_mtime_ns for path in (machine.home / "labels").iterdir()}
    keys = machine.json("key", "list")
    began = time.process_time()
    assert machine.json("demo") == first
    assert time.process_time() - began < 2
    assert {path: path.stat().st_mtime_ns for path in (machine.home / "labels").iterdir()} == papers
    assert machine.json("key", "list") == keys
    assert machine.json("db", "check") == {"labels": len(first["labels"]), "altered": []}


def test_a_missing_paper_is_written_anew_but_not_of_a_withdrawn_label(machine: Command) -> None:
    first, second, *_ = machine.json("demo")["labels"]
    whole = Path(first["file"]).read_bytes()
    Path(first["file"]).unlink()
    Path(second["file"]).unlink()
    machine("revoke", second["code"], "--reason", "error-in-data")
    again = machine.json("demo")["labels"]
    assert again[0] == first
    assert Path(first["file"]).read_bytes()[:1000] == whole[:1000]
    assert (again[1]["verdict"], again[1]["file"]) == ("revoked", None)
    assert "revoked" in machine("demo").stdout


def test_an_example_that_somebody_labelled_is_taken_as_it_is(machine: Command) -> None:
    bare_service = machine.json("demo")["labels"]
    grapes = next(each for each in bare_service if each["example"] == "grapes")
    listed = machine.json("footprint", "list")["footprints"]
    assert len(listed) == len(bare_service)
    assert machine.json("demo")["labels"][1]["code"] == grapes["code"]


def test_killed_in_between_it_is_finished_by_the_next_start(
    bare: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(bare.home, "demo") as process:
        while process.poll() is None and not list(bare.home.glob("labels/*.pdf")):
            time.sleep(0.005)
        process.kill()
    before = {path.name for path in bare.home.glob("labels/*.pdf")}
    assert 0 < len(before) < len(example_files())
    told = bare.json("demo")["labels"]
    assert len(told) == len(example_files())
    assert before <= {Path(each["file"]).name for each in told}
    assert bare.json("db", "check") == {"labels": len(told), "altered": []}
    assert len(bare.json("key", "list")["keys"]) == 2


def test_it_serves_what_it_prints(tmp_path: Path) -> None:
    port = free_port()
    home = tmp_path / "home"
    with serving(home, "demo", "--serve", HOST="127.0.0.1", PORT=str(port)) as process:
        page = answered(f"http://127.0.0.1:{port}/")
        assert page.status_code == 200
        codes = sorted(path.stem.rpartition("-")[2] for path in home.glob("labels/*.pdf"))
        assert len(codes) == len(example_files())
        assert all(f"/l/{code}" in page.text for code in codes)
        assert "server" not in page.headers
        told = httpx.get(f"http://127.0.0.1:{port}/l/{codes[0]}.json", trust_env=False).json()
        assert told["verdict"] == "valid"
        second = subprocess.run(
            [*RUN, "serve", "--port", str(port), "--host", "127.0.0.1"],
            env={"PATH": "", "PYTHONPATH": str(ROOT), "CARBON_LABEL_HOME": str(tmp_path / "2")},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert second.returncode == 1
        assert f"Port {port}" in second.stderr
        assert not (tmp_path / "2").exists()
        process.send_signal(signal.SIGINT)
        said, warned = process.communicate(timeout=20)
    assert process.returncode == 0
    assert f"Carbon Label serves http://127.0.0.1:{port}" in said
    assert f"http://127.0.0.1:{port}/" in said
    assert "only this machine" in warned


def test_serve_founds_an_installation_and_https_gives_a_secure_context(tmp_path: Path) -> None:
    port = free_port()
    home = tmp_path / "home"
    with serving(home, "serve", "--https", "--host", "127.0.0.1", "--port", str(port)):
        until = time.monotonic() + 30
        while not (home / "tls" / "server.pem").exists() and time.monotonic() < until:
            time.sleep(0.1)
        trust = ssl.create_default_context(cafile=str(home / "tls" / "authority.crt"))
        for host in ("127.0.0.1", "localhost"):
            assert answered(f"https://{host}:{port}/healthz", trust).json() == {"status": "alive"}
        did = answered(f"https://127.0.0.1:{port}/.well-known/did.json", trust).json()
        assert did["id"] == f"did:web:127.0.0.1%3A{port}"


def settings(**values: object) -> Settings:
    return Settings.model_validate({"home": Path("/nowhere"), "host": "10.1.2.3", **values})


@pytest.mark.parametrize(
    ("origin", "scheme", "said"),
    [
        ("http://10.1.2.3:8000", "http", []),
        ("https://10.1.2.3:8000", "https", []),
        ("http://10.1.2.3:8000", "https", ["without --https on port 8000"]),
        ("https://10.1.2.3:8000", "http", ["with --https on port 8000"]),
        ("http://10.1.2.3:9000", "http", ["on port 9000"]),
        ("http://10.1.2.4:8000", "http", ["address is 10.1.2.3 now"]),
        ("https://label.example", "http", ["with --https on port 443"]),
    ],
)
def test_codes_that_lead_elsewhere_are_warned_of(origin: str, scheme: str, said: list[str]) -> None:
    found = mismatches(settings(), origin, https=scheme == "https")
    assert len(found) == len(said)
    assert all(part in text for part, text in zip(said, found, strict=True))


def test_with_a_public_url_a_proxy_is_taken_for_granted() -> None:
    chosen = settings(public_url="https://label.example")
    assert mismatches(chosen, "https://label.example", https=False) == []


def test_the_greeting_says_what_to_open_and_whom_to_trust() -> None:
    lines = greeting(settings(), "https://10.1.2.3:8000", https=True)
    assert "https://10.1.2.3:8000" in lines[0]
    assert "/nowhere/tls/authority.crt" in lines[1]


def test_the_address_of_this_machine_is_one() -> None:
    socket.inet_aton(lan_address())


def test_the_symbol_in_the_terminal_can_be_scanned() -> None:
    url = "http://192.168.1.5:8000/l/7Q4K2M9XG"
    lines = [line.removeprefix("\x1b[30;107m").removesuffix("\x1b[0m") for line in symbol(url)]
    assert len({len(line) for line in lines}) == 1
    picture = Image.new("L", (len(lines[0]) * 8, len(lines) * 16), "white")
    draw = ImageDraw.Draw(picture)
    for y, line in enumerate(lines):
        for x, block in enumerate(line):
            for half, dark in enumerate((block in "█▀", block in "█▄")):
                if dark:
                    top = y * 16 + half * 8
                    draw.rectangle((x * 8, top, x * 8 + 7, top + 7), fill="black")
    assert [found.text for found in zxingcpp.read_barcodes(picture)] == [url.upper()]
