"""What `verify` is asked about: files, codes, links and pictures told apart."""

import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from app.cli.target import LabelAddress, OtherAddress, TypedCode, target_of
from tests.cli.conftest import Command
from tests.installation import Installation


def saved(tmp_path: Path, data: bytes, name: str = "statement.json") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"Dear customer", b'{"credentialSubject": {}}', b"%PDF-1.7", b"GIF89a"],
)
def test_a_file_that_is_no_statement_is_wrong_usage(
    bare: Command, tmp_path: Path, data: bytes
) -> None:
    assert "neither" in bare("verify", saved(tmp_path, data), status=64).stderr


@pytest.mark.parametrize("target", ["nothing.json", "no/such/file", "https://", "http://[", "."])
def test_a_target_that_is_none_is_wrong_usage(bare: Command, target: str) -> None:
    assert bare("verify", target, status=64).stderr


def test_documents_that_are_none_are_wrong_usage(bare: Command, tmp_path: Path) -> None:
    file = saved(tmp_path, b"{}")
    assert "no DID document" in bare("verify", "X", "--keys", file, status=64).stderr
    assert "status list" in bare("verify", "X", "--status", file, status=64).stderr


def png(*, size: tuple[int, int] = (400, 400), mode: str = "L") -> bytes:
    made = io.BytesIO()
    Image.new(mode, size, 1 if mode == "1" else 255).save(made, "PNG")
    return made.getvalue()


def test_a_picture_without_a_code_could_not_be_told(bare: Command, tmp_path: Path) -> None:
    told = bare.json("verify", saved(tmp_path, png(), "blank.png"), status=2)
    assert told["code"] == "no-code-in-picture"
    told = bare.json("verify", saved(tmp_path, png()[:60], "cut.png"), status=2)
    assert told["code"] == "picture-damaged"
    told = bare.json(
        "verify", saved(tmp_path, png(size=(9000, 9000), mode="1"), "vast.png"), status=2
    )
    assert told["code"] == "picture-too-large"


def test_a_picture_of_several_labels_is_wrong_usage(
    command: Command, installation: Installation, tmp_path: Path
) -> None:
    sheet = Image.new("RGB", (900, 450), "white")
    for number in range(2):
        file = tmp_path / f"{number}.png"
        command("print", installation.issue().code, "--format", "png", "--output", file)
        with Image.open(file) as opened:
            sheet.paste(opened, (450 * number + 20, 20))
    sheet.save(tmp_path / "sheet.png")
    assert "several codes" in command("verify", tmp_path / "sheet.png", status=64).stderr
    ImageDraw.Draw(sheet).rectangle((450, 0, 900, 450), fill="white")
    sheet.save(tmp_path / "one.png")
    assert command.json("verify", tmp_path / "one.png")["verdict"] == "valid"


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("7q4k-2m9x-g", TypedCode("7q4k-2m9x-g")),
        (
            "HTTPS://LABEL.EXAMPLE/L/7Q4K2M9XG",
            LabelAddress("https://label.example", "7Q4K2M9XG"),
        ),
        (
            "http://192.168.1.5:8000/l/7Q4K2M9XG/",
            LabelAddress("http://192.168.1.5:8000", "7Q4K2M9XG"),
        ),
        (
            "https://label.example:443/l/7Q4K2M9XG/latest#x",
            LabelAddress("https://label.example", "7Q4K2M9XG"),
        ),
        (
            "https://Label.Example/01/09506000134352/10/A-1",
            OtherAddress("https://label.example/01/09506000134352/10/A-1"),
        ),
        (
            "https://label.example/l/7Q4K2M9XG/0123456789ABCDEFGHJK",
            OtherAddress("https://label.example/l/7Q4K2M9XG/0123456789ABCDEFGHJK"),
        ),
    ],
)
def test_targets_are_told_apart(text: str, target: object) -> None:
    assert target_of(text) == target
