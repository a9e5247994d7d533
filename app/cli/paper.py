"""`carbon-label print`: a label as a file for a printer or a screen."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.files import write_out, write_whole
from app.cli.installed import Installed, installed, verified_here
from app.cli.options import code_argument
from app.cli.say import answer, json_option, warn
from app.kit.codes import LabelCode

if TYPE_CHECKING:
    from app.labels.verifying import Verified
    from app.printing.model import Template

TEMPLATE, LANGUAGES, FORMATS = "sticker-30", ("zh-CN", "en", "both"), ("pdf", "svg", "png")


@click.command("print")
@code_argument
@click.option("--template", default=TEMPLATE, show_default=True, help="The label's design.")
@click.option(
    "--format",
    "kind",
    type=click.Choice(FORMATS),
    default="pdf",
    show_default=True,
    help="The kind of file.",
)
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default=LANGUAGES[0],
    show_default=True,
    help="The language on the label.",
)
@click.option(
    "--dpi",
    type=click.Choice([300, 600]),
    default=300,
    show_default=True,
    help="Dots per inch of a PNG.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="The file to write, - for standard output. Default: under labels/ of the home folder.",
)
@json_option
def print_(
    code: LabelCode,
    template: str,
    kind: str,
    language: str,
    dpi: int,
    output: Path | None,
    as_json: bool,
) -> None:
    """Print label CODE into a file.

    Only a valid label is printed: paper cannot be called back.
    """
    from app.printing.label import print_facts
    from app.statements.read import read

    with installed() as here:
        verified = verified_here(here.settings, here.origin, here.seal(), code)
        design = load(template)
        data = painted(verified, design, (language,), kind, dpi)
        version, cautions = print_facts(design, read(verified.statement or b""), language)
        place = output or _place(here, f"{code}-{template}-{language}.{kind}")
    if not as_json:  # beside the answer: standard output is the file, or where it is
        click.echo(f"QR version {version}", err=True)
        for caution in cautions:
            warn(caution.message)
    if str(place) == "-":
        if as_json:
            raise click.UsageError("--json and --output - both want standard output.")
        write_out(data)
        return
    write_whole(place, data)
    told = {
        "label": code,
        "file": str(place),
        "bytes": len(data),
        "qrVersion": version,
        "warnings": [{"code": each.code, "message": each.message} for each in cautions],
    }
    answer(as_json, told, [str(place)])


def load(template: str) -> "Template":
    """Return a template that comes with the program; raises `TemplateNotFound`."""
    from app.printing.template import find_template
    from app.settings import shipped

    return find_template(shipped("label_templates"), template)


def painted(
    verified: "Verified", template: "Template", languages: Sequence[str], kind: str, dpi: int = 300
) -> bytes:
    """Return a label as a file, in the first of `languages` whose texts fit.

    Raises `LabelNotFound`, `LabelNotPrintable`, and what laying out in the last one raises.
    """
    from app.labels.find import LabelNotFound
    from app.printing.errors import LabelNotPrintable, TextOverflows
    from app.printing.label import print_label
    from app.statements.model import Verdict
    from app.statements.read import read

    judgement = verified.judgement
    if verified.statement is None:
        raise LabelNotFound(verified.label)
    if judgement.verdict is not Verdict.VALID:
        raise LabelNotPrintable(verified.label, judgement.verdict.value)
    published = read(verified.statement)
    *others, last = languages
    for language in others:
        try:
            return print_label(template, published, judgement, language, kind, dpi)
        except TextOverflows:
            continue
    return print_label(template, published, judgement, last, kind, dpi)


def _place(here: Installed, name: str) -> Path:
    return here.settings.home / "labels" / name
