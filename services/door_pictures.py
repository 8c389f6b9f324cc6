"""The code on a photo of a ticket."""

from __future__ import annotations

import io

import zxingcpp
from PIL import Image, UnidentifiedImageError

LARGEST = 40_000_000  # pixels; more is no photo of a telephone
ENOUGH = 1600  # pixels of a side


def code_in(content: bytes) -> str | None:
    """What the first QR code says; None where there is none, or no picture."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            if image.width * image.height > LARGEST:
                return None
            image.draft("L", (ENOUGH, ENOUGH))
            grey = image.convert("L")
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError):
        return None
    grey.thumbnail((ENOUGH, ENOUGH))
    codes = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    found = zxingcpp.read_barcodes(grey, formats=codes)
    return next((one.text for one in found if one.text), None)
