"""Pruning of WGSL branches by constants."""

from __future__ import annotations

import pytest

from engine.render.prune import prune


def squeezed(source: str, **constants: bool | int | float) -> str:
    pruned = prune(source, constants)
    assert pruned.count("\n") == source.count("\n"), "line numbers moved"
    return " ".join(pruned.split())


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("if ON { a(); } b();", "{ a(); } b();"),
        ("if OFF { a(); } b();", "{ } b();"),
        ("if OFF { a(); } else { b(); }", "{ b(); }"),
        ("if ON { a(); } else { b(); } c();", "{ a(); } c();"),
        ("if OFF { a(); } else if MODE == 3u { b(); } else { c(); }", "{ b(); }"),
        ("if ON { a(); } else if x { b(); } else { c(); } d();", "{ a(); } d();"),
        ("if x { a(); } else if OFF { b(); }", "if x { a(); } else { }"),
        ("if ON && SHARE != 0.0 { a(); }", "{ a(); }"),
        ("if !ON || (MODE > 1u && OFF) { a(); }", "{ }"),
        ("if ON && x { a(); }", "if ON && x { a(); }"),
        ("if MODE + 1u == 4u { a(); }", "if MODE + 1u == 4u { a(); }"),
        ("fn f() -> u32 { if ON { return 1u; } if OFF { return 2u; } return 3u; } fn g() {}",
         "fn f() -> u32 { { return 1u; } } fn g() {}"),
        ("for (;;) { if ON { if OFF { a(); } b(); } }", "for (;;) { { { } b(); } }"),
        ("a(); // if ON { b(); }\nif x { c(); }", "a(); if x { c(); }"),
    ],
)  # fmt: skip
def test_branches_that_constants_decide_are_removed(source: str, expected: str) -> None:
    assert squeezed(source, ON=True, OFF=False, MODE=3, SHARE=0.25) == expected


def test_a_return_within_a_kept_branch_ends_only_its_own_block() -> None:
    source = "if x {\n    if ON {\n        return 1u;\n    }\n    a();\n}\nb();"
    assert squeezed(source, ON=True) == "if x { { return 1u; } } b();"
