"""wgpu's C types are parsed with the few names that each needs.

wgpu-py looks up C types by their text while it runs. For each one cffi has pycparser parse a file that declares all of
wgpu's 430 type names, 25 ms a type: 1.5 s of processor time until a process has its first picture. Only the names that
a text contains have a part in how it parses.
"""

from __future__ import annotations

import re
from typing import Any

_TYPEDEF = "typedef "
_WORD = re.compile(r"\w+")


def parse_with_few_names(ffi: Any) -> None:
    """Has a cffi FFI declare, for each type that it parses from now on, the type names in its text and no others.

    This replaces a private method of cffi's parser. A cffi that has none stays as it is, only slower.
    """
    parser: Any = getattr(ffi, "_parser", None)
    parse = getattr(parser, "_parse", None)
    if parse is None or not isinstance(getattr(parser, "_declarations", None), dict):
        return

    def parse_few(source: str) -> Any:
        declared = parser._declarations
        words = set(_WORD.findall(source))
        parser._declarations = {
            name: declaration
            for name, declaration in declared.items()
            if not name.startswith(_TYPEDEF) or name.removeprefix(_TYPEDEF) in words
        }
        try:
            return parse(source)
        finally:
            parser._declarations = declared

    parser._parse = parse_few
