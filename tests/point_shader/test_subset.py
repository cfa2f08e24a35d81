"""The subset of point shaders: what it refuses, what it costs, and that its canonical form means the same."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.errors import RequestError
from engine.point_shader import MOST_STEPS, read_point_shader
from tests.market.attack_shaders import ATTACKS, HEAD, body, calling_twice

LOOK = """// Two strips of film: red and cyan.
const weights: vec3<f32> = vec3<f32>(0.2722, 0.6741, 0.0537);
fn luma(c: vec3f) -> f32 { return dot(c, weights); }
/* nested /* comment */ */
fn point(color: vec3<f32>, place: vec2<f32>, amount: f32, warm : f32) -> vec3<f32> {
  var sum = vec3<f32>(0.0);
  let table: array<vec4<f32>,2> = array<vec4<f32>, 2>(vec4<f32>(1.), vec4<f32>(.5));
  for (var i = 0u; i < 2u; i++) {
    sum += table[i].xyz * -luma(color);
    if (sum.x > 1.0 && place.y<.5) { break; } else if sum.y >= 2.0 { continue; } else { sum.x = - (1.0 - - -2.0) * 3.; }
  }
  for (var j: i32 = 8; j > -2; j -= 3) { sum[1] /= f32(j) + 0.5; }
  return mix(color, sum*warm, vec3<f32>(amount));
}
"""


def refusal_of(text: str) -> str:
    """Why a shader is refused; empty if it is accepted."""
    try:
        read_point_shader(text.encode(), "a.wgsl")
    except RequestError as error:
        return error.message
    return ""


def steps(text: str) -> int:
    return read_point_shader(text.encode(), "a.wgsl").steps


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_with_its_line(name: str) -> None:
    text, reason = ATTACKS[name]
    refusal = refusal_of(text)
    assert refusal.startswith("a.wgsl, line ")
    assert re.search(reason, refusal), refusal


def test_the_known_shader_of_757_bytes_is_refused() -> None:
    assert 600 < len(calling_twice(14)) < 1000
    assert ATTACKS["functions that call twice"][0] == calling_twice(14)
    # As many functions as the limit allows are accepted.
    assert steps(calling_twice(9)) < MOST_STEPS


def test_the_canonical_form_is_stable_and_has_no_comments() -> None:
    shader = read_point_shader(LOOK.encode(), "a.wgsl")
    assert shader.parameters == ("amount", "warm")
    assert "//" not in shader.text
    assert "/*" not in shader.text
    again = read_point_shader(shader.text.encode(), "a.wgsl")
    assert (again.text, again.module, again.steps) == (shader.text, shader.module, shader.steps)
    assert len(shader.origins) == len(shader.text.splitlines()) == len(shader.module.splitlines())
    assert shader.origins[0] == 2
    assert LOOK.replace("\n", "\r\n") != LOOK
    assert read_point_shader(LOOK.replace("\n", "\r\n").encode(), "a").text == shader.text


def test_each_declared_name_is_one_of_no_other_pass() -> None:
    shader = read_point_shader(LOOK.encode(), "a.wgsl")
    declared = set(re.findall(r"(?:fn|let|var|const) (\w+)", shader.module))
    assert declared == {f"own_{name}_x" for name in ("weights", "luma", "point", "sum", "table", "i", "j")}
    # Components keep their names.
    assert "own_sum_x.x = -(1.0 - - -2.0) * 3." in shader.module


@pytest.mark.parametrize(
    ("head", "rounds"),
    [
        ("var i = 0; i < 8; i++", 8),
        ("var i = 0u; i <= 8u; i += 2u", 5),
        ("var i: i32 = 3; i > -3; i--", 6),
        ("var i = 8u; i > 0u; i--", 8),
        ("var i = 5; i < 5; i++", 1),
    ],
)
def test_a_loop_costs_its_rounds(head: str, rounds: int) -> None:
    one = steps(body("let y = exp(color.x);")) - steps(body(""))
    assert steps(body(f"for ({head}) {{ let y = exp(color.x); }}")) == steps(body("")) + rounds * (one + 2) + 1


EXPRESSION = st.recursive(
    st.sampled_from(["color.x", "place.y", "1.0", "0.5", "f32(2)"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda one: f"({one[0]} {one[1]} {one[2]})"),
        st.tuples(st.sampled_from(["sin", "exp", "abs"]), inner).map(lambda one: f"{one[0]}({one[1]})"),
        inner.map(lambda one: f"-{one}".replace("--", "-(-1.0)*")),
    ),
    max_leaves=6,
)
STATEMENT = st.recursive(
    EXPRESSION.map(lambda one: f"y += {one};"),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda one: f"{one[0]}\n{one[1]}"),
        st.tuples(EXPRESSION, inner).map(lambda one: f"if {one[0]} > 0.0 {{ {one[1]} }}"),
    ),
    max_leaves=4,
)


@given(STATEMENT, STATEMENT, st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_more_of_a_shader_costs_more(first: str, second: str, rounds: int) -> None:
    longest = body(f"var y = 0.0;\nfor (var i = 0; i < {rounds + 1}; i++) {{ {first} }}\n{second}")
    assume(not refusal_of(longest))
    alone = steps(body(f"var y = 0.0;\n{first}"))
    assert steps(body(f"var y = 0.0;\n{first}\n{second}")) > alone
    looped = [steps(body(f"var y = 0.0;\nfor (var i = 0; i < {n}; i++) {{ {first} }}")) for n in (rounds, rounds + 1)]
    assert alone < looped[0] < looped[1]
    called = f"fn f(color: vec3<f32>, place: vec2<f32>) -> f32 {{ var y = 0.0;\n{first}\nreturn y; }}\n"
    assert steps(called + body("let z = f(color, place);")) >= alone


@given(
    st.text(st.characters(max_codepoint=0x7F), max_size=200)
    | st.binary(max_size=80).map(lambda one: one.decode("latin-1"))
)
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    assert re.match(r"a\.wgsl, line \d+: ", refusal_of(text) or "a.wgsl, line 1: ")


WORDS = sorted({*re.findall(r"\w+|[^\w\s]", LOOK), "->", "&&", ">>", "loop", "while", "&", "@", "/*", "*/"})


def mutated(seed: int) -> str:
    """The look with a few tokens that were removed, doubled or replaced."""
    random = np.random.default_rng(seed)
    tokens = re.findall(r"\s+|\w+|[^\w\s]", LOOK)
    for _ in range(int(random.integers(1, 5))):
        place = int(random.integers(len(tokens)))
        match int(random.integers(3)):
            case 0:
                del tokens[place]
            case 1:
                tokens.insert(place, tokens[int(random.integers(len(tokens)))])
            case _:
                tokens[place] = WORDS[int(random.integers(len(WORDS)))]
    return "".join(tokens)


def check_mutation(seed: int) -> bool:
    """Whether a mutation is accepted; then its canonical form is stable and has the same cost."""
    text = mutated(seed)
    if refusal := refusal_of(text):
        assert re.match(r"a\.wgsl, line \d+: ", refusal)
        return False
    shader = read_point_shader(text.encode(), "a.wgsl")
    again = read_point_shader(shader.text.encode(), "a.wgsl")
    assert (again.text, again.steps) == (shader.text, shader.steps)
    return True


def test_mutations_are_refused_or_stable() -> None:
    accepted = sum(check_mutation(seed) for seed in range(300))
    assert 0 < accepted < 300


@pytest.mark.slow
def test_many_mutations_are_refused_or_stable() -> None:
    accepted = sum(check_mutation(seed) for seed in range(1000, 7000))
    assert 0 < accepted < 6000


def test_a_shader_begins_with_its_entry() -> None:
    assert steps(HEAD + "return color;\n}") == 1
