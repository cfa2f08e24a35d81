"""Faults that the compiler accepts, and the text of reads from storage textures."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import EngineError
from engine.render import Bytes, Graph, Plan, open_device
from engine.render.wgsl_text import early_return, without_levels
from engine.resources import resource_root

from .passes import CountPass, RampPass


def test_a_return_before_a_barrier_has_its_line() -> None:
    assert early_return("fn main() {\n    if x { return; }\n    workgroupBarrier();\n}") == 2
    assert (
        early_return("fn main() {\n    for (;;) {\n        if x { return; }\n        workgroupBarrier();\n    }\n}")
        == 3
    )


def test_a_call_that_waits_counts_as_a_barrier() -> None:
    text = "fn wait() { workgroupBarrier(); }\nfn all() { wait(); }\nfn main() {\n    if x { return; }\n    all();\n}"
    assert early_return(text) == 4


@pytest.mark.parametrize(
    "text",
    [
        "fn main() { workgroupBarrier(); if x { return; } }",
        "fn other() -> u32 { return 1u; }\nfn main() { workgroupBarrier(); }",
        "fn main() {\n    // return\n    workgroupBarrier();\n}",
        "fn main() { return; }",
    ],
)
def test_other_returns_are_accepted(text: str) -> None:
    assert early_return(text) is None


def test_the_error_names_the_file_and_line(shaders: Path) -> None:
    (shaders / "ramp.wgsl").write_text(
        "@compute @workgroup_size(8, 8)\nfn main() {\n    if WIDTH > 3u { return; }\n    workgroupBarrier();\n}"
    )
    graph = Graph()
    graph.add(RampPass(4, 4))

    with pytest.raises(EngineError, match=r"shaders/ramp\.wgsl:3: return before a barrier"):
        Plan(open_device(), graph, ["ramp"])


def test_no_shader_returns_before_a_barrier() -> None:
    files = sorted(resource_root("shaders").rglob("*.wgsl"))
    assert files
    assert [file.name for file in files if early_return(file.read_text())] == []


def test_a_workgroup_beyond_the_portable_limit_is_refused(shaders: Path) -> None:
    text = (shaders / "count.wgsl").read_text()
    (shaders / "count.wgsl").write_text(text.replace("@workgroup_size(4)", "@workgroup_size(257)"))
    graph = Graph()
    graph.source("given", Bytes(64))
    graph.add(CountPass())

    with pytest.raises(EngineError, match="256"):
        Plan(open_device(), graph, ["counted"])


def test_levels_are_left_out_of_reads_from_storage_textures() -> None:
    text = "let a = textureLoad(p, vec2<i32>(x, f(y, 0)), 0) + textureLoad(q, at, 0) + textureDimensions(p, 0);\n"

    assert without_levels(text, {"p"}) == (
        "let a = textureLoad(p, vec2<i32>(x, f(y, 0))) + textureLoad(q, at, 0) + textureDimensions(p);\n"
    )
    assert "textureLoad(q, at)" in without_levels(text, None)
    assert without_levels("textureLoad(p, at) // textureLoad(p, at, 0)", None).endswith("(p, at, 0)")


def test_lines_keep_their_numbers() -> None:
    text = "let a = textureLoad(\n    p,\n    at,\n    0,\n);\nlet b = 1;\n"

    changed = without_levels(text, None)

    assert changed.count("\n") == text.count("\n")
    assert changed.splitlines()[5] == "let b = 1;"
