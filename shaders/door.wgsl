// In at the door: stored samples to scene-linear ACEScg, scaled down along the column on the way.
//
// An invocation walks down four neighbouring columns and decodes each sample once. Two source rows, which
// share their chroma, add to at most three scaled lines, so three running sums a column are all it keeps.
// Sums are stored between loops, never under a condition: lavapipe runs both sides of every branch.
//
// inputs    luma, cb, cr   sample planes as decoded, packed little-endian into words
//           row_pairs      per two source rows, their weights as 16-bit fractions: the upper row's in the first
//                          and second of three lines, the lower row's in those, the lower row's in the third
//           line_pairs     per scaled line: how many row pairs, counted from the top, begin at or above it
//           stretches      per workgroup row: the line its first row pair begins at, its first line, one past
//                          its last, its first row pair
// output    slab           ACEScg, the scaled lines from `line` on
// uniforms  Uniforms below; to_rgb is 3×4 (offset last), to_acescg 3×3 in vec4 rows
// source    ITU-R BT.2100-3 (HLG, PQ), BT.709-6, IEC 61966-2-1, Apple Log Profile White Paper (2023);
//           chroma sited left: ITU-T H.273 ChromaLocType 0

override BITS: u32 = 16u;      // a stored sample's width in memory: 8, 16, or 32 for float
override SUB_X: u32 = 1u;      // log2 of chroma's horizontal step
override SUB_Y: u32 = 1u;      // log2 of chroma's vertical step
override CURVE: u32 = 0u;      // engine.picture.color.Curve

struct Uniforms {
    to_rgb: array<vec4<f32>, 3>,
    to_acescg: array<vec4<f32>, 3>,
    size: vec2<u32>,           // of the stored picture
    luma_stride: u32,          // words a row
    chroma_stride: u32,
    line: u32,                 // the slab's first scaled line
    stretch: u32,              // the band's first stretch
};

struct Chroma { cb: vec4<f32>, cr: vec4<f32> };                      // of four columns
struct Colors { r: vec4<f32>, g: vec4<f32>, b: vec4<f32> };          // of four columns

@group(0) @binding(0) var<uniform> uniforms: Uniforms;
@group(0) @binding(1) var<storage, read> luma: array<u32>;
@group(0) @binding(2) var<storage, read> cb: array<u32>;
@group(0) @binding(3) var<storage, read> cr: array<u32>;
@group(0) @binding(4) var<storage, read> row_pairs: array<vec3<u32>>;
@group(0) @binding(5) var<storage, read> line_pairs: array<u32>;
@group(0) @binding(6) var<storage, read> stretches: array<vec4<u32>>;
@group(0) @binding(7) var<storage, read_write> slab: array<vec4<f32>>;

// Four samples from the words that hold them.
fn unpack(words: vec4<u32>) -> vec4<f32> {
    if BITS == 32u {
        return bitcast<vec4<f32>>(words);
    }
    if BITS == 16u {
        return vec4<f32>(vec4<u32>(words.x & 0xffffu, words.x >> 16u, words.y & 0xffffu, words.y >> 16u));
    }
    return vec4<f32>((words.xxxx >> vec4<u32>(0u, 8u, 16u, 24u)) & vec4<u32>(0xffu));
}

// Four columns of chroma sited left on every other one: the columns between are averages, and the last
// sample stands in for those past it. `here` holds samples 2·at and 2·at + 1, `next` begins with the one after.
fn spread(here: u32, next: u32, at: u32) -> vec4<f32> {
    let last = (uniforms.size.x - 1u) >> 1u;
    // Float samples are never subsampled, but every constant shift must be a possible one.
    let width = min(BITS, 31u);
    let mask = (1u << width) - 1u;
    let first = f32(here & mask);
    let second = select(f32((here >> width) & mask), first, at * 2u + 1u > last);
    let third = select(f32(next & mask), second, at * 2u + 2u > last);
    return vec4<f32>(first, 0.5 * (first + second), second, 0.5 * (second + third));
}

fn chroma_row(at: u32, row: u32) -> Chroma {
    let start = row * uniforms.chroma_stride;
    if SUB_X == 1u && BITS == 16u {
        let word = start + at;
        return Chroma(spread(cb[word], cb[word + 1u], at), spread(cr[word], cr[word + 1u], at));
    }
    if SUB_X == 1u {
        let word = start + (at >> 1u);
        let next = start + ((at + 1u) >> 1u);
        let shift = (at & 1u) * 16u;
        return Chroma(
            spread(cb[word] >> shift, cb[next] >> (16u - shift), at),
            spread(cr[word] >> shift, cr[next] >> (16u - shift), at),
        );
    }
    if BITS == 8u {
        return Chroma(unpack(vec4<u32>(cb[start + at])), unpack(vec4<u32>(cr[start + at])));
    }
    if BITS == 16u {
        let word = start + at * 2u;
        return Chroma(
            unpack(vec4<u32>(cb[word], cb[word + 1u], 0u, 0u)),
            unpack(vec4<u32>(cr[word], cr[word + 1u], 0u, 0u)),
        );
    }
    let word = start + at * 4u;
    return Chroma(
        unpack(vec4<u32>(cb[word], cb[word + 1u], cb[word + 2u], cb[word + 3u])),
        unpack(vec4<u32>(cr[word], cr[word + 1u], cr[word + 2u], cr[word + 3u])),
    );
}

fn luma_row(at: u32, row: u32) -> vec4<f32> {
    let start = row * uniforms.luma_stride;
    if BITS == 8u {
        return unpack(vec4<u32>(luma[start + at]));
    }
    if BITS == 16u {
        let word = start + at * 2u;
        return unpack(vec4<u32>(luma[word], luma[word + 1u], 0u, 0u));
    }
    let word = start + at * 4u;
    return unpack(vec4<u32>(luma[word], luma[word + 1u], luma[word + 2u], luma[word + 3u]));
}

fn between(near: Chroma, far: Chroma) -> Chroma {
    return Chroma(0.75 * near.cb + 0.25 * far.cb, 0.75 * near.cr + 0.25 * far.cr);
}

fn hlg(code: vec4<f32>) -> vec4<f32> {
    let e = abs(code);
    // exp((e − c)/a) = exp2(e·k − c·k): a = 0.17883277, b and c for light running to 3.
    let bright = 0.07116723 + exp2(e * 8.067286 - 6.5169598);
    let light = select(bright, e * e, e < vec4<f32>(0.5));
    return select(light, -light, code < vec4<f32>(0.0));
}

fn pq(code: vec4<f32>) -> vec4<f32> {
    let x = pow(abs(code), vec4<f32>(1.0 / 78.84375));
    let ratio = max(x - 0.8359375, vec4<f32>(0.0)) / (18.8515625 - 18.6875 * x);
    return sign(code) * 100.0 * pow(ratio, vec4<f32>(1.0 / 0.1593017578125));
}

fn apple_log(code: vec4<f32>) -> vec4<f32> {
    let bright = exp2((code - 0.69336945) / 0.08550479) - 0.00964052;
    let dark = sqrt(max(code, vec4<f32>(0.0)) / 47.28711236) - 0.05641088;
    return select(bright, dark, code < vec4<f32>(0.20855532));
}

fn monitor_curve(code: vec4<f32>, gamma: f32, offset: f32, toe: f32, slope: f32) -> vec4<f32> {
    let bright = pow(max(code + offset, vec4<f32>(0.0)) / (1.0 + offset), vec4<f32>(gamma));
    return select(bright, code * slope, code < vec4<f32>(toe));
}

fn linear(code: vec4<f32>) -> vec4<f32> {
    switch CURVE {
        case 1u: { return hlg(code); }
        case 2u: { return pq(code); }
        case 3u: { return apple_log(code); }
        case 4u: { return monitor_curve(code, 2.2222222, 0.099, 0.081, 0.2215435); }
        case 5u: { return monitor_curve(code, 2.4, 0.055, 0.039285714, 0.077380154); }
        default: { return code; }
    }
}

fn to_acescg(y: vec4<f32>, chroma: Chroma) -> Colors {
    let m = uniforms.to_rgb;
    let r = linear(m[0].x * y + m[0].y * chroma.cb + m[0].z * chroma.cr + m[0].w);
    let g = linear(m[1].x * y + m[1].y * chroma.cb + m[1].z * chroma.cr + m[1].w);
    let b = linear(m[2].x * y + m[2].y * chroma.cb + m[2].z * chroma.cr + m[2].w);
    let n = uniforms.to_acescg;
    return Colors(
        n[0].x * r + n[0].y * g + n[0].z * b,
        n[1].x * r + n[1].y * g + n[1].z * b,
        n[2].x * r + n[2].y * g + n[2].z * b,
    );
}

fn add(sum: Colors, weight: f32, color: Colors) -> Colors {
    return Colors(sum.r + weight * color.r, sum.g + weight * color.g, sum.b + weight * color.b);
}

fn store_pixel(x: u32, line: u32, color: vec3<f32>) {
    if x < uniforms.size.x {
        slab[(line - uniforms.line) * uniforms.size.x + x] = vec4<f32>(color, 1.0);
    }
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let at = group.x * 64u + lane;
    let stretch = stretches[uniforms.stretch + group.y];
    let last = uniforms.size.y - 1u;
    var pair = stretch.w;
    var above = Chroma();
    var here = Chroma();
    if SUB_Y == 1u {
        above = chroma_row(at, max(pair, 1u) - 1u);
        here = chroma_row(at, pair);
    }
    var first = Colors();
    var second = Colors();
    var third = Colors();
    for (var line = stretch.x; line < stretch.z; line++) {
        let end = line_pairs[line];
        for (; pair < end; pair++) {
            let upper = pair * 2u;
            let lower = min(upper + 1u, last);
            var upper_chroma: Chroma;
            var lower_chroma: Chroma;
            if SUB_Y == 1u {
                let below = chroma_row(at, min(pair + 1u, last >> 1u));
                upper_chroma = between(here, above);
                lower_chroma = between(here, below);
                above = here;
                here = below;
            } else {
                upper_chroma = chroma_row(at, upper);
                lower_chroma = chroma_row(at, lower);
            }
            let packed = row_pairs[pair];
            let upper_weights = unpack2x16unorm(packed.x);
            let lower_weights = unpack2x16unorm(packed.y);
            let upper_color = to_acescg(luma_row(at, upper), upper_chroma);
            let lower_color = to_acescg(luma_row(at, lower), lower_chroma);
            first = add(add(first, upper_weights.x, upper_color), lower_weights.x, lower_color);
            second = add(add(second, upper_weights.y, upper_color), lower_weights.y, lower_color);
            third = add(third, unpack2x16unorm(packed.z).x, lower_color);
        }
        if line >= stretch.y {
            store_pixel(at * 4u, line, vec3<f32>(first.r.x, first.g.x, first.b.x));
            store_pixel(at * 4u + 1u, line, vec3<f32>(first.r.y, first.g.y, first.b.y));
            store_pixel(at * 4u + 2u, line, vec3<f32>(first.r.z, first.g.z, first.b.z));
            store_pixel(at * 4u + 3u, line, vec3<f32>(first.r.w, first.g.w, first.b.w));
        }
        first = second;
        second = third;
        third = Colors();
    }
}
