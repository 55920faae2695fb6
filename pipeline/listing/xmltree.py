"""Parse untrusted XML: fetch nothing, expand no entities, and read malformed documents as far as possible."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from pipeline.listing.entries import Unread

LONGEST_TEXT = 20_000  # characters that are read of an element
_DECLARATION = re.compile(r"\A\s*<\?xml[^<>]*\?>")


def tree_of(text: str) -> tuple[etree._Element, str] | Unread:
    """Parse XML; return the root and the first syntax error ("" if there is none).

    Declared entities are not expanded (XXE, billion laughs). libxml2's own limits apply: depth 256, 10 MB per text,
    amplification in attributes.
    """
    parser = etree.XMLParser(
        encoding="utf-8",
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(_DECLARATION.sub("", text, count=1).encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        return Unread(f"not XML: {_line(str(error))}")
    if root is None:
        return Unread("not XML")
    first = next((entry for entry in parser.error_log if entry.level >= etree.ErrorLevels.ERROR), None)
    return root, f"line {first.line}: {_line(first.message)}" if first else ""


def name_of(element: etree._Element) -> tuple[str, str]:
    """Return (namespace, lower-case local name); ("", "") for a node that is not an element."""
    if not isinstance(element.tag, str):
        return "", ""
    namespace, _, local = element.tag.rpartition("}")
    return namespace.lstrip("{"), local.rpartition(":")[2].lower()  # an undeclared prefix stays in the name


def content(element: etree._Element) -> str:
    """Return the text of an element and its descendants, at most `LONGEST_TEXT` characters, without entities."""
    parts, size = [], 0
    for part in _texts(element):
        parts.append(part[: LONGEST_TEXT - size])
        size += len(parts[-1])
        if size >= LONGEST_TEXT:
            break
    return "".join(parts).strip()


def _texts(element: etree._Element) -> Iterator[str]:
    if element.text:
        yield element.text
    for child in element.iterdescendants():
        if child.text and name_of(child)[1]:  # skip references to entities
            yield child.text
        if child.tail:
            yield child.tail


def _line(message: str) -> str:
    return " ".join(message.split())[:200]
