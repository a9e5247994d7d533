"""The main job, end to end, as strangers would do it: real processes, real HTTP, real paper.

A producer hands in a footprint file, a certifier accepts and issues, a sticker is printed, a
decoder that is not ours reads it, and software that is not ours verifies what it leads to.
"""

import io
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent.parent
COMMAND = [sys.executable, "-c", "from app.cli.main import main; main()"]

# Verifies a statement with the browser's own Ed25519 and a canonicalisation of a dozen lines: no
# code of this project runs here.
VERIFIER = """async ([statement, did]) => {
  const jcs = (v) => Array.isArray(v) ? '[' + v.map(jcs).join(',') + ']'
    : v && typeof v === 'object'
      ? '{' + Object.keys(v).sort().map((k) => JSON.stringify(k) + ':' + jcs(v[k])).join(',') + '}'
      : JSON.stringify(v);
  const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
  const base58 = (text) => {
    let n = 0n;
    for (const c of text) n = n * 58n + BigInt(ALPHABET.indexOf(c));
    const bytes = [];
    for (; n > 0n; n >>= 8n) bytes.unshift(Number(n & 255n));
    for (const c of text) { if (c !== '1') break; bytes.unshift(0); }
    return new Uint8Array(bytes);
  };
  const sha256 = async (text) =>
    new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  const { proof, ...document } = JSON.parse(statement);
  const { proofValue, ...options } = proof;
  const method = JSON.parse(did).verificationMethod.find((m) => m.id === proof.verificationMethod);
  const raw = base58(method.publicKeyMultibase.slice(1)).slice(2);
  const key = await crypto.subtle.importKey('raw', raw, 'Ed25519', false, ['verify']);
  const message = new Uint8Array([...await sha256(jcs(options)), ...await sha256(jcs(document))]);
  return crypto.subtle.verify('Ed25519', key, base58(proofValue.slice(1)), message);
}"""


@dataclass(frozen=True, slots=True)
class Machine:
    """A fresh machine with the program on it, and its service running."""

    home: Path
    origin: str
    environment: dict[str, str]

    def run(self, *words: str, status: int = 0) -> str:
        done = subprocess.run(
            [*COMMAND, *words],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout.strip()


@pytest.fixture(params=["sqlite", "postgresql"])
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Machine]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    origin = f"http://127.0.0.1:{port}"
    environment = {
        **{name: value for name, value in os.environ.items() if "CARBON_LABEL" not in name},
        "CARBON_LABEL_HOME": str(tmp_path / "home"),
        "CARBON_LABEL_HOST": "127.0.0.1",
        "CARBON_LABEL_PORT": str(port),
        "CARBON_LABEL_PUBLIC_URL": origin,
        "PYTHONPATH": str(ROOT),
    }
    name = ""
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres_server")
        name = server.create()
        environment["CARBON_LABEL_DATABASE_URL"] = server.address(name)
    service = subprocess.Popen([*COMMAND, "serve"], env=environment, cwd=ROOT)
    try:
        for _ in range(200):
            try:
                httpx.get(f"{origin}/readyz").raise_for_status()
                break
            except httpx.HTTPError:
                assert service.poll() is None, "the service ended"
                time.sleep(0.1)
        yield Machine(tmp_path / "home", origin, environment)
        service.terminate()
        assert service.wait(timeout=15) in {0, -15}
    finally:
        service.kill()
        service.wait()
        if name:
            server.drop(name)


def verified_elsewhere(statement: bytes, did_document: bytes) -> bool:
    with sync_playwright() as tools:
        browser = tools.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page()
        # A secure context without any server: crypto.subtle needs one.
        page.route("https://verifier.example/", lambda route: route.fulfill(body="<p>"))
        page.goto("https://verifier.example/")
        holds = page.evaluate(VERIFIER, [statement.decode(), did_document.decode()])
        browser.close()
    return bool(holds)


def read_code(picture: Image.Image) -> str:
    (found,) = zxingcpp.read_barcodes(picture)
    return str(found.text)


def test_from_the_footprint_file_to_the_scan_and_its_end(  # noqa: PLR0915 - one story
    machine: Machine, tmp_path: Path
) -> None:
    oranges = ROOT / "examples" / "oranges-kg.json"
    machine.run("certifier", "add", "county", "--name-en", "County Certifier (fictitious)")
    machine.run("producer", "add", "citrus", "--from-file", str(oranges), "--fictitious")
    tokens = {
        role: {"authorization": f"Bearer {machine.run(role, 'token', party)}"}
        for role, party in (("producer", "citrus"), ("certifier", "county"))
    }
    with httpx.Client(base_url=machine.origin, headers={"accept": "application/json"}) as http:
        api = f"{machine.origin}/api/v1"

        # The producer hands in, the certifier accepts and issues.
        handed_in = http.post(
            f"{api}/footprints", content=oranges.read_bytes(), headers=tokens["producer"]
        )
        assert handed_in.status_code == 201, handed_in.text
        footprint = handed_in.json()["id"]
        wanted = {"level": "limited", "verifiedOn": "2026-01-15"}
        accepted = http.post(
            f"{api}/footprints/{footprint}/acceptance", json=wanted, headers=tokens["certifier"]
        )
        assert accepted.status_code == 201, accepted.text
        key = {"idempotency-key": "oranges-2023", **tokens["certifier"]}
        issued = http.post(f"{api}/labels", json={"footprint": footprint}, headers=key)
        assert issued.status_code == 201, issued.text
        code = issued.json()["code"]
        again = http.post(f"{api}/labels", json={"footprint": footprint}, headers=key)
        assert (again.status_code, again.json()["code"]) == (200, code)

        # The sticker, on paper and on a screen, read by a decoder that is not ours.
        paper = http.get(
            f"{api}/labels/{code}/print", params={"format": "pdf"}, headers=tokens["producer"]
        )
        assert paper.headers["content-type"] == "application/pdf"
        document = pypdfium2.PdfDocument(paper.content)
        printed = document[0].get_textpage().get_text_range()
        assert "0.2956 kgCO2/kg" in printed
        link = read_code(document[0].render(scale=300 / 72).to_pil())
        assert link == f"{machine.origin}/l/{code}".upper()
        picture = http.get(
            f"{api}/labels/{code}/print",
            params={"format": "png", "dpi": "300", "language": "en"},
            headers=tokens["producer"],
        )
        assert read_code(Image.open(io.BytesIO(picture.content))) == link

        # What the code leads to, exactly as a phone would follow it.
        scanned = http.get(link)
        assert scanned.json()["verdict"] == "valid"
        assert scanned.json()["statement"]["credentialSubject"]["total"] == "0.2956"
        page = http.get(link, headers={"accept": "text/html", "accept-language": "zh-CN"})
        assert "爱媛橙" in page.text

        # The statement, verified by software that nobody here wrote; a flipped byte is noticed.
        statement = http.get(f"/l/{code}/statement").content
        did_document = http.get("/certifiers/county/did.json").content
        assert verified_elsewhere(statement, did_document)
        flipped = statement.replace(b'"total":"0.2956"', b'"total":"0.2957"')
        assert flipped != statement
        assert not verified_elsewhere(flipped, did_document)

        # The same by our own command: a file, a code, a link, a picture.
        genuine, forged = tmp_path / "genuine.json", tmp_path / "forged.json"
        genuine.write_bytes(statement)
        forged.write_bytes(flipped)
        photo = tmp_path / "label.png"
        photo.write_bytes(picture.content)
        for target in (str(genuine), code, f"{machine.origin}/l/{code}", str(photo)):
            told = json.loads(machine.run("verify", "--json", target))
            assert told["verdict"] == "valid", target
        told = json.loads(machine.run("verify", "--json", str(forged), status=1))
        assert told["verdict"] == "forged"

        # The end: revoked, for whoever asks, and no longer printed.
        revoked = http.post(
            f"{api}/labels/{code}/revocation",
            json={"reason": "error-in-data"},
            headers=tokens["certifier"],
        )
        assert revoked.status_code == 201, revoked.text
        assert http.get(link).json()["verdict"] == "revoked"
        assert json.loads(machine.run("verify", "--json", code, status=1))["verdict"] == "revoked"
        refused = http.get(f"{api}/labels/{code}/print", headers=tokens["producer"])
        assert refused.status_code == 409
        assert refused.headers["content-type"] == "application/problem+json"


def test_demo_makes_every_example_and_changes_nothing_the_second_time(tmp_path: Path) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if "CARBON_LABEL" not in name},
        "CARBON_LABEL_HOME": str(tmp_path / "home"),
        "CARBON_LABEL_PUBLIC_URL": "https://label.example",
        "PYTHONPATH": str(ROOT),
    }

    def demo() -> dict[str, str]:
        done = subprocess.run(
            [*COMMAND, "demo", "--json"],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        told = json.loads(done.stdout)
        assert all(label["verdict"] == "valid" for label in told["labels"])
        return {label["example"]: label["code"] for label in told["labels"]}

    first = demo()
    assert set(first) == {path.stem for path in (ROOT / "examples").glob("*.json")}
    papers = sorted((tmp_path / "home" / "labels").glob("*.pdf"))
    assert len(papers) == len(first)
    for paper in papers:
        rendered = pypdfium2.PdfDocument(paper)[0].render(scale=300 / 72).to_pil()
        code = first[paper.stem.rpartition("-")[0]]
        assert read_code(rendered) == f"HTTPS://LABEL.EXAMPLE/L/{code}"
    kept = {paper: paper.read_bytes() for paper in papers}
    assert demo() == first
    assert {paper: paper.read_bytes() for paper in kept} == kept
    keys = sorted((tmp_path / "home" / "keys").iterdir())
    assert all(re.fullmatch(r"100600", f"{key.stat().st_mode:o}") for key in keys)
