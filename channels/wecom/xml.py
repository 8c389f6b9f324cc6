"""WeCom's XML, read so that nothing in it can do harm: no DTD, no entities."""

from __future__ import annotations

from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from channels.wecom.crypto import Forged


def read(body: bytes) -> Element:
    """The root element, or Forged."""
    try:
        root: Element = fromstring(body.decode(), forbid_dtd=True)
    except (DefusedXmlException, ParseError, UnicodeDecodeError, ValueError, RecursionError):
        raise Forged("xml") from None
    return root


def field(root: Element, name: str) -> str:
    """The text of the child of this name; empty where there is none."""
    return (root.findtext(name) or "").strip()


def selected(root: Element) -> list[str]:
    """The ids of the options that were picked on a card, in their order. One of WeCom's own
    samples spells the tag OpitonIds."""
    return [
        option.text.strip()
        for ids in ("OptionIds", "OpitonIds")
        for option_id in ("OptionId", "OpitonId")
        for option in root.findall(f"SelectedItems/SelectedItem/{ids}/{option_id}")
        if option.text
    ]
