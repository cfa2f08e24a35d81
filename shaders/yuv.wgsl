// Out to the encoder: the picture in its place, the overlay laid on, then limited-range Y′CbCr, dithered.
//
// inputs    display   R′G′B′ code values 0–1
//           overlay   one word a pixel of the output, RGBA at 8 bits, straight alpha
// output    planes    Y, then Cb, then Cr, rows padded to whole words
// uniforms  weights   Kr, Kg, Kb, and the overlay's white in code values
//           range     luma's span and black, chroma's span and middle
//           size      of the output; place: where the picture's corner lies in it; shown: the picture's size
//           luma_words, chroma_words   words a row; cb_at, cr_at: the planes' first words
//           frame, overlaid
// constants BITS      a stored sample's width in memory: 8 or 16; SUB_Y: log2 of chroma's vertical step
// source    ITU-R BT.2100-3 table 9, BT.709-6; chroma sited left by a 1-2-1 filter: ITU-T H.273 ChromaLocType 0;
//           the dither's hash: Jarzynski and Olano, "Hash functions for GPU rendering" (pcg3d), JCGT 9(3), 2020

fn noise(x: u32, y: u32) -> vec3<f32> {
    var v = vec3<u32>(x, y, uniforms.frame) * 1664525u + 1013904223u;
    v.x += v.y * v.z;
    v.y += v.z * v.x;
    v.z += v.x * v.y;
    v ^= v >> vec3<u32>(16u);
    v.x += v.y * v.z;
    v.y += v.z * v.x;
    v.z += v.x * v.y;
    return vec3<f32>(v >> vec3<u32>(8u)) / 16777216.0;
}

fn shown(x: i32, y: i32) -> vec3<f32> {
    let at = vec2<i32>(x, y) - uniforms.place;
    let color = textureLoad(display, vec2<u32>(clamp(at, vec2<i32>(0), uniforms.shown - 1)), 0).xyz;
    return select(vec3<f32>(0.0), color, all(at >= vec2<i32>(0)) && all(at < uniforms.shown));
}

fn full(x: i32, y: i32) -> vec3<f32> {
    let inside = clamp(vec2<i32>(x, y), vec2<i32>(0), vec2<i32>(uniforms.size) - 1);
    let color = shown(inside.x, inside.y);
    if uniforms.overlaid == 0u {
        return color;
    }
    let above = unpack4x8unorm(overlay[u32(inside.y) * uniforms.size.x + u32(inside.x)]);
    return mix(color, above.rgb * uniforms.weights.w, above.a);
}

// Chroma of two columns: one word of each plane, and the luma above it (two rows of it where SUB_Y).
@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let chroma_in_word = 32u / BITS;
    let left = i32(id.x * chroma_in_word * 2u);
    let top = i32(id.y << SUB_Y);
    let under = top + i32(SUB_Y);
    if id.x >= uniforms.chroma_words || top >= i32(uniforms.size.y) {
        return;
    }
    var words: array<u32, 4>;  // luma: upper left, upper right, lower left, lower right
    var cb = 0u;
    var cr = 0u;
    var before = full(left - 1, top);
    if SUB_Y == 1u {
        before += full(left - 1, under);
    }
    for (var i = 0u; i < chroma_in_word; i++) {
        let x = left + i32(i) * 2;
        var pair: array<vec3<f32>, 2>;
        var dither: array<vec3<f32>, 2>;
        for (var j = 0u; j < 2u; j++) {
            let column = x + i32(j);
            let in_row = i * 2u + j;
            let shift = (in_row % chroma_in_word) * BITS;
            let upper = full(column, top);
            dither[j] = noise(u32(column), u32(top));
            pair[j] = upper;
            let upper_code = u32(dot(upper, uniforms.weights.xyz) * uniforms.range.x + uniforms.range.y + dither[j].x);
            words[in_row / chroma_in_word] |= upper_code << shift;
            if SUB_Y == 1u {
                let lower = full(column, under);
                pair[j] += lower;
                let y = dot(lower, uniforms.weights.xyz);
                let lower_code = u32(y * uniforms.range.x + uniforms.range.y + dither[j].y);
                words[2u + in_row / chroma_in_word] |= lower_code << shift;
            }
        }
        let sited = (before + 2.0 * pair[0] + pair[1]) / select(4.0, 8.0, SUB_Y == 1u);
        before = pair[1];
        let y = dot(sited, uniforms.weights.xyz);
        let difference = vec2<f32>(
            (sited.z - y) / (2.0 * (1.0 - uniforms.weights.z)),
            (sited.x - y) / (2.0 * (1.0 - uniforms.weights.x)),
        );
        let code = vec2<u32>(difference * uniforms.range.z + uniforms.range.w + vec2<f32>(dither[0].z, dither[1].z));
        cb |= code.x << (i * BITS);
        cr |= code.y << (i * BITS);
    }
    let upper_row = u32(top) * uniforms.luma_words + id.x * 2u;
    planes[upper_row] = words[0];
    planes[upper_row + 1u] = words[1];
    if SUB_Y == 1u && u32(under) < uniforms.size.y {
        planes[upper_row + uniforms.luma_words] = words[2];
        planes[upper_row + uniforms.luma_words + 1u] = words[3];
    }
    let chroma = id.y * uniforms.chroma_words + id.x;
    planes[uniforms.cb_at + chroma] = cb;
    planes[uniforms.cr_at + chroma] = cr;
}
