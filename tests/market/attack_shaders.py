"""Point shaders that attack: each with the reason for which it is refused."""

from __future__ import annotations

HEAD = "fn point(color: vec3<f32>, place: vec2<f32>) -> vec3<f32> {\n"


def body(text: str) -> str:
    """A shader whose function has these statements."""
    return f"{HEAD}{text}\nreturn color;\n}}\n"


def calling_twice(functions: int) -> str:
    """Functions of which each calls the one before twice: 2ⁿ calls in a few hundred bytes."""
    text = "fn f0(x: f32) -> f32 { return x; }\n"
    for number in range(1, functions):
        text += f"fn f{number}(x: f32) -> f32 {{ return f{number - 1}(x) + f{number - 1}(x); }}\n"
    return text + body(f"let y = f{functions - 1}(color.x);")


ATTACKS: dict[str, tuple[str, str]] = {
    "functions that call twice": (calling_twice(14), "line 11: “f10” takes 5,116 steps"),
    "3,000 parentheses": (body("let x = " + "(" * 3000 + "1.0" + ")" * 3000 + ";"), "line 2: .* more than 4000 words"),
    "nested parentheses": (body("let x = " + "(" * 1500 + "1.0" + ")" * 1500 + ";"), "line 2: brackets and calls"),
    "nested signs": (body("let x = " + "-" * 3000 + "1.0;"), "no meaning|not allowed|within each other"),
    "a long sum": (body("let x = 1.0" + " + 1.0" * 1500 + ";"), "line 2: an expression has more than 96 operations"),
    "nested blocks": (body("{" * 500 + "}" * 500), "line 2: blocks are nested"),
    "else if without end": (body("if color.x > 0.0 { }" + " else if color.x > 1.0 { }" * 300), "blocks are nested"),
    "a huge array": (body("var x: array<f32, 100000000>;"), "line 2: an array has 400,000,000 bytes"),
    "an array of arrays": (body("var x: array<array<vec4<f32>, 16>, 16>;"), "line 2: an array has 4,096 bytes"),
    "many arrays": (
        body("".join(f"var x{n}: array<f32, 256>;\n" for n in range(9))), "line 1: “point” has 9,2.. bytes"
    ),
    "arrays of many calls": (
        "fn f(x: f32) -> f32 { var a: array<f32, 256>; return x; }\n" + body("let y = f(f(f(f(f(f(f(f(1.0))))))));"),
        "line 2: “point” has",
    ),
    "loop": (body("loop { }"), "line 2: “loop” is not allowed here: only “for” loops"),
    "while": (body("while true { }"), "line 2: “while” is not allowed here: only “for” loops"),
    "for without bounds": (body("for (;;) { }"), "line 2: “;” is not allowed here"),
    "a bound that varies": (body("for (var i = 0; i < i32(color.x); i++) { }"), "constant bounds"),
    "a bound that is not reached": (body("for (var i = 0; i < 10; i--) { }"), "does not end"),
    "a counter that wraps": (body("for (var i = 10u; i >= 0u; i--) { }"), "does not end"),
    "a step of zero": (body("for (var i = 0; i < 9; i += 0) { }"), "more than 256 rounds"),
    "too many rounds": (body("for (var i = 0; i < 257; i++) { }"), "more than 256 rounds"),
    "loops within loops": (
        body("for (var i = 0; i < 99; i++) { for (var j = 0; j < 99; j++) { } }"), "line 1: “point” takes"
    ),
    "a counter that its body changes": (body("for (var i = 0; i < 9; i++) { i = 0; }"), "line 2: the loop counts with"),
    "a counter declared again": (body("for (var i = 0; i < 9; i++) { var i = 0; }"), "“i” is declared twice"),
    "recursion": ("fn f(x: f32) -> f32 { return f(x); }\n" + body(""), "line 1: the function “f” is no built-in"),
    "recursion of two": (
        "fn f(x: f32) -> f32 { return g(x); }\nfn g(x: f32) -> f32 { return f(x); }\n" + body(""), "line 1: .*“g”"
    ),
    "pointers": (body("var x = 1.0;\nlet p = &x;"), "line 3: “&” before a value: there are no pointers"),
    "dereferences": (body("let p = *color;"), "line 2: “\\*” before a value"),
    "pointer parameters": ("fn f(x: ptr<function, f32>) -> f32 { return 1.0; }\n" + body(""), "there are no pointers"),
    "atomics": (body("var x: atomic<u32>;"), "there are no atomics"),
    "atomic functions": (body("let x = atomicAdd(color, 1u);"), "“atomicAdd” is no built-in function"),
    "textures": (body("let x = textureLoad(picture, vec2<u32>(0u), 0);"), "“textureLoad” is no built-in function"),
    "barriers": (body("let x = workgroupBarrier();"), "“workgroupBarrier” is no built-in function"),
    "bindings": ("@group(0) @binding(0) var<storage> x: array<u32>;\n" + body(""), "line 1: “@” is not allowed"),
    "shared memory": ("var<workgroup> x: array<u32, 4096>;\n" + body(""), "line 1: “var” is not allowed"),
    "memory of a function": (body("var<private> x = 1.0;"), "no shared memory"),
    "directives": ("enable f16;\n" + body(""), "line 1: “enable” is not allowed here: it is no part"),
    "overrides": ("override x = 1.0;\n" + body(""), "line 1: “override” is not allowed"),
    "structs": ("struct A { x: f32 }\n" + body(""), "line 1: “struct” is not allowed"),
    "aliases": ("alias vec3 = f32;\n" + body(""), "line 1: “alias” is not allowed"),
    "entry points": ("@compute @workgroup_size(1) fn main() { }\n" + body(""), "line 1: “@” is not allowed"),
    "unknown built-ins": (body("let x = quantumNoise(color);"), "line 2: the function “quantumNoise” is no built-in"),
    "inputs of others": (body("let x = uniforms.amount;"), "line 2: the name “uniforms” is not declared"),
    "names of ours": ("fn pixel(x: f32) -> f32 { return x; }\n" + body(""), "line 1: the name “pixel” is taken"),
    "our uniforms": (body("let uniforms = 1.0;"), "the name “uniforms” is taken"),
    "our results": (body("let made_looked = 1.0;"), "the name “made_looked” is taken"),
    "a built-in again": ("fn sin(x: f32) -> f32 { return x; }\n" + body(""), "line 1: the name “sin” is taken: WGSL"),
    "a type again": (body("let vec3 = 1.0;"), "the name “vec3” is taken: WGSL"),
    "a name twice": (body("let x = 1.0;\nlet x = 2.0;"), "line 3: the name “x” is declared twice"),
    "a name before it is": (body("let x = x;"), "line 2: the name “x” is not declared"),
    "Greek letters": (body("let α = 1.0;"), "line 2: the byte 0xce is no ASCII text"),
    "text that turns": (body("let x = 1.0; // \u202e"), "line 2: the byte 0xe2 is no ASCII text"),
    "a zero byte": (body("let x = \0;"), "line 2: the byte 0x00"),
    "a line that only a compiler sees": (body("// x\u2028loop { }"), "line 2: the byte 0xe2"),
    "a carriage return alone": (body("// x\rloop { }"), "line 2: a line ends with a carriage return"),
    "a vertical tab": (body("// x\vloop { }"), "line 2: the byte 0x0b"),
    "an open comment": (body("/* /* */"), "line 2: a comment does not end"),
    "a comment that closes twice": (body("/* */ */"), "line 2"),
    "infinite numbers": (body("let x = 1e999;"), "line 2: the number 1e999 is too large"),
    "large integers": (body("let x = 99999999999u;"), "is larger than"),
    "numbers with names": (body("let x = 1abc;"), "is no number"),
    "hexadecimal numbers": (body("let x = 0xff;"), "is no number"),
    "no function": ("const x = 1.0;\n", "the function “point” is missing"),
    "other parameters": ("fn point(c: vec4<f32>, place: vec2<f32>) -> vec3<f32> { return c.xyz; }\n", "this form"),
    "a matrix as a parameter": (
        "fn point(c: vec3<f32>, p: vec2<f32>, m: mat2x2<f32>) -> vec3<f32> { return c; }\n", "this form"
    ),
    "too many parameters": (
        "fn point(c: vec3<f32>, p: vec2<f32>, "
        + ", ".join(f"p{n}: f32" for n in range(9))
        + ") -> vec3<f32> { return c; }\n",
        "more than 8 parameters",
    ),
    "too many words": (body("let x = 1.0;\n" * 900), "more than 4000 words|twice"),
    "too many bytes": (body("//" + "x" * 20000), "more than 16384"),
    "nothing": ("", "is missing"),
    "an end too early": (HEAD, "ends where"),
    "a hidden statement": (body("; loop { }"), "“;” is not allowed here"),
    "a call alone": (body("pow(1.0, 2.0);"), "“pow” is not allowed here; a statement"),
}  # fmt: skip
"""What attacks, by what it tries: the text, and a pattern of the reason."""
