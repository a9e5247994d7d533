"""Read the codes in a picture of a label."""

import io
import warnings
from pathlib import Path

from app.cli.say import Refusal

LARGEST_PICTURE = 20 << 20  # bytes
MOST_PIXELS = 60_000_000  # a small file can unpack to gigabytes
_MAGIC = {b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG"}


def picture_format(data: bytes) -> str | None:
    """Return PNG or JPEG, by the file's first bytes; None for anything else."""
    return next((name for magic, name in _MAGIC.items() if data.startswith(magic)), None)


def codes_in(path: Path, data: bytes) -> list[str]:
    """Return the texts of the QR codes in a picture, each once.

    Raises `Refusal` if it cannot be read as one.
    """
    import zxingcpp
    from PIL import Image

    warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # we say it better below
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise Refusal(
                    f"{path} has {picture.width} x {picture.height} dots, which is too large. "
                    "Cut out the label, or make the picture smaller.",
                    "picture-too-large",
                )
            grey = picture.convert("L")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise Refusal(
            f"{path} is damaged: it cannot be read as a picture.", "picture-damaged"
        ) from None
    found = zxingcpp.read_barcodes(
        grey, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    )
    return list(dict.fromkeys(each.text for each in found))
