"""XML as WeCom writes it, and the XML that a bot may answer."""

from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from tests.emulators.wecom.errors import Json


def write(fields: Json) -> str:
    return f"<xml>{_inner(fields)}</xml>"


def _inner(fields: Json) -> str:
    return "".join(_element(name, value) for name, value in fields.items())


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):  # repeated, without a wrapping element
        return "".join(_element(name, each) for each in value)
    return f"<{name}>{_content(value)}</{name}>"


def _content(value: Any) -> str:
    if isinstance(value, dict):
        return _inner(value)
    if isinstance(value, int | float):
        return str(value)
    return f"<![CDATA[{str(value).replace(']]>', ']]]]><![CDATA[>')}]]>"


def read(text: str) -> Element:
    """Raises ValueError for what is no XML, or has a DTD."""
    try:
        root: Element = ElementTree.fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException) as error:
        raise ValueError(f"no XML: {error}") from None
    return root


def child(root: Element, path: str) -> str:
    return root.findtext(path) or ""
