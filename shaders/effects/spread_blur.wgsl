// A Gaussian along one axis of a coarse picture, which is mirrored at the edges of the whole picture.
//
// input     cells      light
// output    blurred    light
// uniforms  sizes: cells of the whole picture in zw; window: the first cell and the number of cells; weights: those of
//           the distances 0 to 6, four a row; those beyond RADIUS are 0
// constants RADIUS (3 or 6), DOWN (whether the axis is vertical), TINY (whether a picture may be narrower than RADIUS)

fn load(place: vec2<i32>) -> vec3<f32> {
    var whole = folded(place, uniforms.sizes.zw);
    if TINY {
        whole = vec2<i32>(mirrored(place.x, uniforms.sizes.z), mirrored(place.y, uniforms.sizes.w));
    }
    return textureLoad(cells, clamp(whole - uniforms.window.xy, vec2<i32>(0), uniforms.window.zw - 1), 0).xyz;
}

fn put(place: vec2<i32>, sum: vec3<f32>) {
    let at = place - uniforms.window.xy;
    if all(at >= vec2<i32>(0)) && all(at < uniforms.window.zw) {
        store_blurred(vec2<u32>(at), vec4<f32>(sum, 1.0));
    }
}

// Four neighbouring cells along the axis share most of what they read. They begin at a multiple of four of the whole
// picture, so that a window has the same bits. A loop costs more than its body on a software GPU, so that this is one
// step after the other.
@compute @workgroup_size(32, 8, 1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let step = select(vec2<i32>(1, 0), vec2<i32>(0, 1), DOWN);
    let run = vec2<i32>(id.xy) + select(uniforms.window.xy, uniforms.window.xy / 4, step == vec2<i32>(1, 1));
    let place = select(vec2<i32>(4 * run.x, run.y), vec2<i32>(run.x, 4 * run.y), DOWN);
    let w0 = uniforms.weights[0].x;
    let w1 = uniforms.weights[0].y;
    let w2 = uniforms.weights[0].z;
    let w3 = uniforms.weights[0].w;
    let w4 = uniforms.weights[1].x;
    let w5 = uniforms.weights[1].y;
    let w6 = uniforms.weights[1].z;
    var a = vec3<f32>(0.0);
    var b = vec3<f32>(0.0);
    var c = vec3<f32>(0.0);
    var d = vec3<f32>(0.0);
    var v = vec3<f32>(0.0);
    if RADIUS > 3u {
        v = load(place - 6 * step);
        a += w6 * v;
        v = load(place - 5 * step);
        a += w5 * v;
        b += w6 * v;
        v = load(place - 4 * step);
        a += w4 * v;
        b += w5 * v;
        c += w6 * v;
    }
    v = load(place - 3 * step);
    a += w3 * v;
    b += w4 * v;
    c += w5 * v;
    d += w6 * v;
    v = load(place - 2 * step);
    a += w2 * v;
    b += w3 * v;
    c += w4 * v;
    d += w5 * v;
    v = load(place - step);
    a += w1 * v;
    b += w2 * v;
    c += w3 * v;
    d += w4 * v;
    v = load(place);
    a += w0 * v;
    b += w1 * v;
    c += w2 * v;
    d += w3 * v;
    v = load(place + step);
    a += w1 * v;
    b += w0 * v;
    c += w1 * v;
    d += w2 * v;
    v = load(place + 2 * step);
    a += w2 * v;
    b += w1 * v;
    c += w0 * v;
    d += w1 * v;
    v = load(place + 3 * step);
    a += w3 * v;
    b += w2 * v;
    c += w1 * v;
    d += w0 * v;
    v = load(place + 4 * step);
    a += w4 * v;
    b += w3 * v;
    c += w2 * v;
    d += w1 * v;
    v = load(place + 5 * step);
    a += w5 * v;
    b += w4 * v;
    c += w3 * v;
    d += w2 * v;
    v = load(place + 6 * step);
    a += w6 * v;
    b += w5 * v;
    c += w4 * v;
    d += w3 * v;
    if RADIUS > 3u {
        v = load(place + 7 * step);
        b += w6 * v;
        c += w5 * v;
        d += w4 * v;
        v = load(place + 8 * step);
        c += w6 * v;
        d += w5 * v;
        v = load(place + 9 * step);
        d += w6 * v;
    }
    put(place, a);
    put(place + step, b);
    put(place + 2 * step, c);
    put(place + 3 * step, d);
}
