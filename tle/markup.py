"""XML of messages, parsed without entities or document types, and its tags without namespaces."""

from __future__ import annotations

from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from tle.errors import ElementFormatError


def parse_markup(text: str) -> Element:
    """Parse a document; raise ElementFormatError with the line for anything broken or unsafe."""
    try:
        root: Element = fromstring(text, forbid_dtd=True)
    except ParseError as error:
        raise ElementFormatError(f"is not XML: {error}", line=error.position[0]) from error
    except DefusedXmlException as error:
        raise ElementFormatError("declares a document type or entities; messages do not") from error
    except (ValueError, LookupError) as error:
        raise ElementFormatError(f"is not readable as XML: {error}") from error
    return root


def tag_of(element: Element) -> str:
    """Give the tag without its namespace."""
    return str(element.tag).rpartition("}")[2]
