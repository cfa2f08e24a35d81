// Optical flow: a Jacobi iteration of the equations of perception/flow_linearize.wgsl.
//
// inputs    matrix, sides, rest, around, below  the equations
//           before     the change of the motion so far, x and y as half floats, four pixels a texel
// output    change     likewise

struct Pairs { a: vec4<f32>, b: vec4<f32> };

fn unpack(words: vec4<u32>) -> Pairs {
    let p = unpack2x16float(words.x);
    let q = unpack2x16float(words.y);
    let r = unpack2x16float(words.z);
    let s = unpack2x16float(words.w);
    return Pairs(vec4<f32>(p.x, q.x, r.x, s.x), vec4<f32>(p.y, q.y, r.y, s.y));
}

fn pixel(at: vec2<u32>) -> vec4<u32> {
    let group = vec2<i32>(at);
    let last = vec2<i32>(textureDimensions(before)) - 1;
    let m = unpack(textureLoad(matrix, group));
    let s = unpack(textureLoad(sides, group));
    let r = unpack(textureLoad(rest, group));
    let w = unpack(textureLoad(around, group));
    let w_down = unpack(textureLoad(below, group)).a;
    let middle = unpack(textureLoad(before, min(group, last)));
    let left = unpack2x16float(textureLoad(before, vec2<i32>(clamp(group.x - 1, 0, last.x), min(group.y, last.y))).w);
    let right = unpack2x16float(textureLoad(before, vec2<i32>(min(group.x + 1, last.x), min(group.y, last.y))).x);
    let up = unpack(textureLoad(before, vec2<i32>(min(group.x, last.x), clamp(group.y - 1, 0, last.y))));
    let down = unpack(textureLoad(before, vec2<i32>(min(group.x, last.x), min(group.y + 1, last.y))));
    let total = r.b + w.a + w.b + w_down + 1e-3;
    let b1 = s.b + r.b * vec4<f32>(left.x, middle.a.xyz) + w.a * vec4<f32>(middle.a.yzw, right.x)
        + w.b * up.a + w_down * down.a;
    let b2 = r.a + r.b * vec4<f32>(left.y, middle.b.xyz) + w.a * vec4<f32>(middle.b.yzw, right.y)
        + w.b * up.b + w_down * down.b;
    let a11 = m.a + total;
    let a22 = s.a + total;
    let scale = 1.0 / (a11 * a22 - m.b * m.b);
    let u = clamp(scale * (a22 * b1 - m.b * b2), vec4<f32>(-4.0), vec4<f32>(4.0));
    let v = clamp(scale * (a11 * b2 - m.b * b1), vec4<f32>(-4.0), vec4<f32>(4.0));
    return vec4<u32>(
        pack2x16float(vec2<f32>(u.x, v.x)),
        pack2x16float(vec2<f32>(u.y, v.y)),
        pack2x16float(vec2<f32>(u.z, v.z)),
        pack2x16float(vec2<f32>(u.w, v.w)),
    );
}
