"""Lookup tables in the Common LUT Format: a strict reader, and a writer of one form.

Source: ACES S-2014-006 (Common LUT Format 3.0). A reader of XML may open files that a text names: OpenColorIO opens
the path of a Reference. Here references, document types, entities, processing instructions and unknown elements are
errors, and only finite numbers in the notation of C are numbers.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.parsers import expat

from engine.errors import RequestError
from engine.market.clf_nodes import ARRAYS, ATTRIBUTES, CHILDREN, DEPTHS, DROPPED, NODES, NUMBERS, array_size

MOST_NODES = 16
_MOST_BYTES = 24 << 20
_HUGE = 65504.0
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._:-]{0,79}")
_NAMESPACES = ("urn:NATAS:AMPAS:LUT:v2.0", "urn:AMPAS:CLF:v3.0", "urn:AMPAS:CLF:v3")
_VERSIONS = ("2", "2.0", "3", "3.0")
_FORM = "urn:AMPAS:CLF:v3.0"
_HINT = "Export it again as a .clf file, or as a .cube file."


@dataclass(slots=True)
class ClfElement:
    """An element with its line, its attributes, its elements and its numbers."""

    name: str
    line: int
    attributes: Mapping[str, str]
    elements: list[ClfElement]
    texts: list[str]
    numbers: tuple[float, ...] = ()

    def child(self, name: str) -> ClfElement | None:
        """The first element of a name."""
        return next((one for one in self.elements if one.name == name), None)


def canonical_clf(content: bytes, name: str) -> bytes:
    """A table as Cleanwater writes it. Raises RequestError, with the line, for all that the format does not have."""
    return clf_bytes(read_clf(content, name))


def read_clf(content: bytes, name: str) -> list[ClfElement]:
    """The steps of a table. Raises RequestError, with the line, for all that the format does not have."""
    if len(content) > _MOST_BYTES:
        raise refusal(name, 1, f"has more than {_MOST_BYTES >> 20} MiB")
    if content[:3] == b"\xef\xbb\xbf":
        content = content[3:]
    root = _Parser(name).parse(content)
    if root.attributes.get("compCLFversion", "3") not in _VERSIONS:
        raise refusal(name, root.line, "has a version of CLF that this Cleanwater does not know")
    steps = [one for one in root.elements if one.name not in DROPPED]
    if not 1 <= len(steps) <= MOST_NODES:
        raise refusal(name, root.line, f"has {len(steps)} steps; 1 to {MOST_NODES} are allowed")
    for step in steps:
        _check_step(step, name)
    for first, second in itertools.pairwise(steps):
        if first.attributes["outBitDepth"] != second.attributes["inBitDepth"]:
            raise refusal(name, second.line, "has a step whose inBitDepth is not the outBitDepth before it")
    return steps


def clf_bytes(steps: Sequence[ClfElement]) -> bytes:
    """The file of steps, without names and descriptions: the same steps make the same bytes."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<ProcessList xmlns="{_FORM}" id="table" compCLFversion="3.0">']
    for step in steps:
        _write(step, lines, 1)
    return "\n".join([*lines, "</ProcessList>", ""]).encode("ascii")


def refusal(name: str, line: int, reason: str) -> RequestError:
    """The error of a file at a line."""
    return RequestError(f"{name}, line {line}: the table {reason}.", _HINT)


class _Parser:
    """Reads XML without everything that could reach outside of the file."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._open: list[ClfElement] = []
        self._root: ClfElement | None = None
        self._expat = parser = expat.ParserCreate("UTF-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = lambda *_: self._refuse("has a DOCTYPE")
        parser.EntityDeclHandler = lambda *_: self._refuse("has an entity")
        parser.ProcessingInstructionHandler = lambda *_: self._refuse("has a processing instruction")
        parser.StartCdataSectionHandler = lambda: self._refuse("has a CDATA section")

    def parse(self, content: bytes) -> ClfElement:
        try:
            self._expat.Parse(content, True)
        except expat.ExpatError as error:
            raise refusal(self._name, error.lineno, f"is not XML: {expat.ErrorString(error.code)}") from None
        assert self._root is not None
        return self._root

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        above = self._open[-1] if self._open else None
        if name == "Reference" or "path" in attributes or "alias" in attributes:
            self._refuse("refers to another file")
        allowed = {"ProcessList"} if above is None else CHILDREN.get(above.name, frozenset())
        if name not in allowed:
            self._refuse(f"has an element {name[:40]!r} where it may not be")
        for key, value in attributes.items():
            if key == "xmlns" and above is None:
                if value not in _NAMESPACES:
                    self._refuse(f"has the unknown namespace {value[:60]!r}")
            elif key not in ATTRIBUTES.get(name, {}):
                self._refuse(f"has the unknown attribute {key[:40]!r} of {name}")
            elif not _fits(value, ATTRIBUTES[name][key]):
                self._refuse(f"has the value {value[:40]!r} of {key}")
        element = ClfElement(name, self._expat.CurrentLineNumber, attributes, [], [])
        if above is None:
            self._root = element
        else:
            above.elements.append(element)
        self._open.append(element)

    def _end(self, name: str) -> None:
        element = self._open.pop()
        if name in DROPPED:
            return
        words = "".join(element.texts).split()
        element.texts.clear()
        if name not in NUMBERS:
            if words:
                self._refuse(f"has a text in {name}")
            return
        if not all(map(_NUMBER.fullmatch, words)):
            self._refuse(f"has a word in {name} that is no number")
        element.numbers = tuple(float(word) + 0.0 for word in words)
        largest = _HUGE * (65535 if name in ("Array", "minInValue", "maxInValue", "minOutValue", "maxOutValue") else 1)
        if not all(math.isfinite(value) and abs(value) <= largest for value in element.numbers):
            self._refuse(f"has a number in {name} that is not finite or too large")
        if name != "Array" and len(element.numbers) != NUMBERS[name]:
            self._refuse(f"needs {NUMBERS[name]} numbers in {name}")

    def _text(self, text: str) -> None:
        self._open[-1].texts.append(text)

    def _refuse(self, reason: str) -> None:
        raise refusal(self._name, self._expat.CurrentLineNumber, reason)


def _fits(value: str, allowed: Sequence[str] | None) -> bool:
    """Whether an attribute may have a value. None: numbers, names and sizes, which are checked where they count."""
    if allowed is None:
        return bool(_NUMBER.fullmatch(value) or _NAME.fullmatch(value))
    return value in allowed


def _check_step(step: ClfElement, name: str) -> None:
    for key in ("inBitDepth", "outBitDepth"):
        if step.attributes.get(key) not in DEPTHS:
            raise refusal(name, step.line, f"has no {key} in {step.name}")
    seen: set[str] = set()
    for one in step.elements:
        if one.name in seen and one.name not in ("ExponentParams", "LogParams", *DROPPED):
            raise refusal(name, one.line, f"has {one.name} twice")
        seen.add(one.name)
    for needed in NODES[step.name]:
        if needed not in seen:
            raise refusal(name, step.line, f"has no {needed} in {step.name}")
    if step.name in ARRAYS and (array := step.child("Array")):
        count = array_size(step.name, array.attributes.get("dim", ""), step.attributes)
        if count is None:
            raise refusal(name, array.line, f"has the size {array.attributes.get('dim', '')[:40]!r} in {step.name}")
        if len(array.numbers) != count:
            raise refusal(name, array.line, f"has {len(array.numbers)} numbers in {step.name}, not {count}")
    if step.name == "Range":
        for low, high in (("minInValue", "minOutValue"), ("maxInValue", "maxOutValue")):
            if (low in seen) != (high in seen):
                raise refusal(name, step.line, f"needs {low} with {high}")
        if not seen & {"minInValue", "maxInValue"}:
            raise refusal(name, step.line, "has a Range without limits")
    for one in step.elements:
        if one.name == "ExponentParams" and "exponent" not in one.attributes:
            raise refusal(name, one.line, "has no exponent in ExponentParams")
        for key, value in one.attributes.items():
            if key not in ("dim", "channel") and not (_NUMBER.fullmatch(value) and abs(float(value)) <= _HUGE):
                raise refusal(name, one.line, f"has the value {value[:40]!r} of {key}, which is no number")


def _write(element: ClfElement, lines: list[str], indent: int) -> None:
    if element.name in DROPPED:
        return
    space = "  " * indent
    known = ATTRIBUTES[element.name]
    written = "".join(
        f' {key}="{_attribute(element, key)}"'
        for key in known
        if key in element.attributes and key not in ("id", "name")
    )
    if element.name in NUMBERS:
        columns = _columns(element)
        rows = [element.numbers[place : place + columns] for place in range(0, len(element.numbers), columns)]
        texts = [" ".join(f"{value!r}" for value in row) for row in rows]
        if element.name == "Array":
            lines += [f"{space}<Array{written}>", *texts, f"{space}</Array>"]
        else:
            lines.append(f"{space}<{element.name}{written}>{texts[0]}</{element.name}>")
    elif element.elements:
        lines.append(f"{space}<{element.name}{written}>")
        for one in element.elements:
            _write(one, lines, indent + 1)
        lines.append(f"{space}</{element.name}>")
    else:
        lines.append(f"{space}<{element.name}{written}/>")


def _attribute(element: ClfElement, key: str) -> str:
    value = element.attributes[key]
    if key == "dim":
        sizes = value.split()
        # A matrix of version 2 has a third size.
        return " ".join(sizes[:2] if len(sizes) == 3 else sizes)
    return repr(float(value) + 0.0) if _NUMBER.fullmatch(value) else value


def _columns(element: ClfElement) -> int:
    """The numbers of a row: the last of the sizes of an array."""
    if element.name != "Array":
        return len(element.numbers)
    return int(_attribute(element, "dim").split()[-1])
