// Output for the encoder: places the picture, composites the overlay, converts to limited-range Y′CbCr and dithers.
//
// inputs    display   R′G′B′ code values 0–1
//           overlay   one word per output pixel, 8-bit RGBA, straight alpha
// output    planes    Y, then Cb, then Cr, rows padded to whole words
// uniforms  weights   Kr, Kg, Kb, and the overlay's white in code values
//           range     luma's range and black, chroma's range and neutral value
//           bars      their R′G′B′ code values
//           size      of the output; place: position of the picture's top-left corner; shown: the picture's size
//           luma_words, chroma_words   words per row; cb_at, cr_at: first words of the planes
//           frame
// constants BITS      bits per stored sample: 8 or 16; SUB_Y: log2 of chroma's vertical step
//           BARS, OVERLAID   whether there are bars, and an overlay: lavapipe runs both sides of a branch
// source    ITU-R BT.2100-3 table 9, BT.709-6; chroma sited left by a 1-2-1 filter: ITU-T H.273 ChromaLocType 0;
//           the dither's hash: Jarzynski and Olano, "Hash functions for GPU rendering" (pcg3d), JCGT 9(3), 2020

// Six random numbers from 0 to 1 for every two columns.
struct Noise { low: vec3<f32>, high: vec3<f32> };

fn noise(x: u32, y: u32) -> Noise {
    var v = vec3<u32>(x, y, uniforms.frame) * 1664525u + 1013904223u;
    v.x += v.y * v.z;
    v.y += v.z * v.x;
    v.z += v.x * v.y;
    v ^= v >> vec3<u32>(16u);
    v.x += v.y * v.z;
    v.y += v.z * v.x;
    v.z += v.x * v.y;
    return Noise(vec3<f32>(v & vec3<u32>(0xffffu)) / 65536.0, vec3<f32>(v >> vec3<u32>(16u)) / 65536.0);
}

fn full(x: i32, y: i32) -> vec3<f32> {
    let inside = clamp(vec2<i32>(x, y), vec2<i32>(0), vec2<i32>(uniforms.size) - 1);
    var color: vec3<f32>;
    if BARS {
        let at = inside - uniforms.place;
        let shown = all(at >= vec2<i32>(0)) && all(at < uniforms.shown);
        let held = textureLoad(display, vec2<u32>(clamp(at, vec2<i32>(0), uniforms.shown - 1)), 0).xyz;
        color = select(uniforms.bars.xyz, held, shown);
    } else {
        color = textureLoad(display, vec2<u32>(inside), 0).xyz;
    }
    if !OVERLAID {
        return color;
    }
    let above = unpack4x8unorm(overlay[u32(inside.y) * uniforms.size.x + u32(inside.x)]);
    return mix(color, above.rgb * uniforms.weights.w, above.a);
}

// Codes of two columns in the low bits of a word, and the sum of both rows at the second column.
struct Pair { upper: u32, lower: u32, cb: u32, cr: u32, after: vec3<f32> };

fn luma(color: vec3<f32>, dither: f32) -> u32 {
    return u32(dot(color, uniforms.weights.xyz) * uniforms.range.x + uniforms.range.y + dither);
}

// Two columns from x; `before` is the sum of both rows at the column to their left.
fn pair(x: i32, top: i32, before: vec3<f32>) -> Pair {
    let dither = noise(u32(x), u32(top));
    let left = full(x, top);
    let right = full(x + 1, top);
    var made: Pair;
    made.upper = luma(left, dither.low.x) | luma(right, dither.low.y) << BITS;
    var here = left;
    made.after = right;
    var share = 0.25;
    if SUB_Y == 1u {
        let under_left = full(x, top + 1);
        let under_right = full(x + 1, top + 1);
        made.lower = luma(under_left, dither.high.x) | luma(under_right, dither.high.y) << BITS;
        here += under_left;
        made.after += under_right;
        share = 0.125;
    }
    let sited = (before + 2.0 * here + made.after) * share;
    let y = dot(sited, uniforms.weights.xyz);
    let difference = (sited.zx - y) / (2.0 * (1.0 - uniforms.weights.zx));
    let code = vec2<u32>(difference * uniforms.range.z + uniforms.range.w + vec2<f32>(dither.low.z, dither.high.z));
    made.cb = code.x;
    made.cr = code.y;
    return made;
}

// Writes one word of each chroma plane and the corresponding luma (two rows if SUB_Y).
@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let left = i32(id.x * (64u / BITS));
    let top = i32(id.y << SUB_Y);
    if id.x >= uniforms.chroma_words || top >= i32(uniforms.size.y) {
        return;
    }
    var before = full(left - 1, top);
    if SUB_Y == 1u {
        before += full(left - 1, top + 1);
    }
    let first = pair(left, top, before);
    let second = pair(left + 2, top, first.after);
    var upper = vec2<u32>(first.upper, second.upper);
    var lower = vec2<u32>(first.lower, second.lower);
    var cb = first.cb | second.cb << BITS;
    var cr = first.cr | second.cr << BITS;
    if BITS == 8u {
        let third = pair(left + 4, top, second.after);
        let fourth = pair(left + 6, top, third.after);
        upper = vec2<u32>(first.upper | second.upper << 16u, third.upper | fourth.upper << 16u);
        lower = vec2<u32>(first.lower | second.lower << 16u, third.lower | fourth.lower << 16u);
        cb |= third.cb << 16u | fourth.cb << 24u;
        cr |= third.cr << 16u | fourth.cr << 24u;
    }
    let row = u32(top) * uniforms.luma_words + id.x * 2u;
    planes[row] = upper.x;
    planes[row + 1u] = upper.y;
    if SUB_Y == 1u && u32(top) + 1u < uniforms.size.y {
        planes[row + uniforms.luma_words] = lower.x;
        planes[row + uniforms.luma_words + 1u] = lower.y;
    }
    let chroma = id.y * uniforms.chroma_words + id.x;
    planes[uniforms.cb_at + chroma] = cb;
    planes[uniforms.cr_at + chroma] = cr;
}
