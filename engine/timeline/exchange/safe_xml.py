"""XML from untrusted files: no entities, no network, bounded size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import RequestError

if TYPE_CHECKING:
    from lxml import etree

LARGEST = 64 * 1024 * 1024
"""The size limit of a file, in bytes. Final Cut's XML of an hour has a few megabytes."""


def parse_xml(data: bytes, root: str, title: str) -> etree._Element:
    """The root element of a document whose root is `root`; `title` names the format in errors.

    Raises RequestError if the data is too large, not well formed, declares entities, or is something else. Comments
    and processing instructions are left out.
    """
    from lxml import etree

    if len(data) > LARGEST:
        raise RequestError(f"The file has {len(data):,} bytes, more than the limit of {LARGEST:,} for {title}.")
    # Attribute values are expanded by every parser, so a document that declares entities is refused as a whole. The
    # null bytes are those of UTF-16.
    if b"<!ENTITY" in data.replace(b"\x00", b""):
        raise RequestError(f"The file declares XML entities, which {title} does not need.", "Export the file again.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True, huge_tree=False
    )
    try:
        element = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise RequestError(f"The file is not {title}: {error}", "Export the file again.") from error
    if element.tag != root:
        raise RequestError(f"The file is not {title}: its root element is <{element.tag}>, not <{root}>.")
    return element


def write_xml(element: etree._Element, doctype: str) -> bytes:
    """The document in UTF-8, indented, with a document type."""
    from lxml import etree

    etree.indent(element, space="    ")
    text: bytes = etree.tostring(element, encoding="UTF-8", xml_declaration=True, doctype=doctype)
    return text + b"\n"


def xml_text(text: str) -> str:
    """Text without the control characters that XML does not allow."""
    return "".join(char for char in text if char >= " " or char in "\t\n\r")
