// Out to the encoder: the overlay laid on, then R′G′B′ to limited-range Y′CbCr 4:2:0, dithered.
//
// inputs    display   two words a pixel, R′G′B′ at 16 bits, from view.wgsl
//           overlay   one word a pixel, RGBA at 8 bits, straight alpha
// output    planes    Y, then Cb, then Cr, rows padded to whole words
// uniforms  Uniforms below
// source    ITU-R BT.2100-3 table 9, BT.709-6; chroma sited left by a 1-2-1 filter: ITU-T H.273 ChromaLocType 0;
//           the dither's hash: Jarzynski and Olano, "Hash functions for GPU rendering" (pcg3d), JCGT 9(3), 2020

override BITS: u32 = 8u;       // a stored sample's width in memory: 8 or 16

struct Uniforms {
    weights: vec4<f32>,        // Kr, Kg, Kb, and the overlay's white in code values
    range: vec4<f32>,          // luma's span and black, chroma's span and middle
    size: vec2<u32>,
    luma_words: u32,           // words a row
    chroma_words: u32,
    cb_at: u32,                // first word of the Cb plane
    cr_at: u32,
    frame: u32,
    overlaid: u32,
};

@group(0) @binding(0) var<uniform> uniforms: Uniforms;
@group(0) @binding(1) var<storage, read> display: array<u32>;
@group(0) @binding(2) var<storage, read> overlay: array<u32>;
@group(0) @binding(3) var<storage, read_write> planes: array<u32>;

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

fn pixel(x: i32, y: i32) -> vec3<f32> {
    let inside = clamp(vec2<i32>(x, y), vec2<i32>(0), vec2<i32>(uniforms.size) - 1);
    let at = u32(inside.y) * uniforms.size.x + u32(inside.x);
    let low = display[at * 2u];
    let color = vec3<f32>(f32(low & 0xffffu), f32(low >> 16u), f32(display[at * 2u + 1u])) / 65535.0;
    if uniforms.overlaid == 0u {
        return color;
    }
    let above = unpack4x8unorm(overlay[at]);
    return mix(color, above.rgb * uniforms.weights.w, above.a);
}

// 4:2:0 blocks: one word of each chroma plane, and the luma above it.
@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let chroma_in_word = 32u / BITS;
    let left = i32(id.x * chroma_in_word * 2u);
    let top = i32(id.y * 2u);
    if id.x >= uniforms.chroma_words || top >= i32(uniforms.size.y) {
        return;
    }
    var words: array<u32, 4>;  // luma: upper left, upper right, lower left, lower right
    var cb = 0u;
    var cr = 0u;
    var before = pixel(left - 1, top) + pixel(left - 1, top + 1);
    for (var i = 0u; i < chroma_in_word; i++) {
        let x = left + i32(i) * 2;
        var pair: array<vec3<f32>, 2>;
        var dither: array<vec3<f32>, 2>;
        for (var j = 0u; j < 2u; j++) {
            let column = x + i32(j);
            let in_row = i * 2u + j;
            let shift = (in_row % chroma_in_word) * BITS;
            let upper = pixel(column, top);
            let lower = pixel(column, top + 1);
            pair[j] = upper + lower;
            let y = vec2<f32>(dot(upper, uniforms.weights.xyz), dot(lower, uniforms.weights.xyz));
            dither[j] = noise(u32(column), u32(top));
            let code = vec2<u32>(y * uniforms.range.x + uniforms.range.y + dither[j].xy);
            words[in_row / chroma_in_word] |= code.x << shift;
            words[2u + in_row / chroma_in_word] |= code.y << shift;
        }
        let sited = (before + 2.0 * pair[0] + pair[1]) / 8.0;
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
    if u32(top + 1) < uniforms.size.y {
        planes[upper_row + uniforms.luma_words] = words[2];
        planes[upper_row + uniforms.luma_words + 1u] = words[3];
    }
    let chroma = id.y * uniforms.chroma_words + id.x;
    planes[uniforms.cb_at + chroma] = cb;
    planes[uniforms.cr_at + chroma] = cr;
}
