"""Compiles the C header of the installed wgpu into engine/render/wgpu_types.txt. Run it after an update of wgpu."""

from __future__ import annotations

import ast
import base64
import io
import json
import sys
import zlib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
_LINE = 118


def compile_header() -> str:
    """The content of the file: the header's digest, then cffi's tables as JSON, packed into lines of ASCII."""
    import cffi
    from cffi.recompiler import Recompiler
    from wgpu.backends.wgpu_native import _ffi

    from engine.render.compiled_header import header_digest

    source = _ffi.get_wgpu_header()
    ffi = cffi.FFI()
    ffi.cdef(source)
    ffi.set_source("wgpu_types", None)
    made = Recompiler(ffi, "wgpu_types", target_is_python=True)
    made.collect_type_table()
    made.collect_step_tables()
    module = io.StringIO()
    made.write_source_to_f(module, None)
    # The module has one call, whose arguments are the tables.
    (call,) = (node for node in ast.walk(ast.parse(module.getvalue())) if isinstance(node, ast.Call))
    tables = {str(one.arg): _plain(ast.literal_eval(one.value)) for one in call.keywords}
    text = base64.b85encode(zlib.compress(json.dumps(tables).encode(), 9)).decode("ascii")
    lines = [text[start : start + _LINE] for start in range(0, len(text), _LINE)]
    return "\n".join([header_digest(source), *lines]) + "\n"


def _plain(value: Any) -> Any:
    """Tables as JSON: a byte is a letter of Latin 1."""
    if isinstance(value, bytes):
        return {"bytes": value.decode("latin-1")}
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def main() -> None:
    """Writes the file."""
    sys.path.insert(0, str(ROOT))
    from engine.render.compiled_header import TYPES

    TYPES.write_text(compile_header(), encoding="ascii")
    print(f"{TYPES.relative_to(ROOT)}: {TYPES.stat().st_size} bytes")


if __name__ == "__main__":
    main()
