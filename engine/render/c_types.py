"""Speeds up cffi's parsing of wgpu's C types.

wgpu-py looks up C types by their text at run time. For each one, cffi makes pycparser parse a file that declares all
430 type names of wgpu. That takes 25 ms per type, 1.5 s of CPU time until the first picture of a process. Only the
names in the text affect its parsing.
"""

from __future__ import annotations

import re
from typing import Any

_TYPEDEF = "typedef "
_WORD = re.compile(r"\w+")


def parse_with_few_names(ffi: Any) -> None:
    """Makes a cffi FFI declare only the type names in the text of each type that it parses.

    This replaces a private method of cffi's parser. A cffi version without it is not changed, only slower.
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
