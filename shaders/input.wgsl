// Input pass: converts stored samples to scene-linear ACEScg, upright; with HALVE at half size.
//
// An invocation processes eight neighbouring columns downwards, two rows at a time, and decodes each sample once. Even
// and odd columns are separate, as in the packed words. Halving weights four rows and four columns by the Hermite cubic
// widened to 2:1 in linear light. The weights are never negative, so a highlight has no dark ring.
// No branch depends on data, because lavapipe runs both sides of a branch.
//
// inputs    luma, cb, cr   decoded sample planes, packed little-endian; rows of luma are aligned to four words,
//                          rows of chroma to two
// output    scene          scene-linear ACEScg
// uniforms  to_rgb         stored samples (and 1) to R′G′B′, 3×4
//           to_acescg      linear light to ACEScg, 3×3
//           size           of the stored picture; made: of the output before rotation
// constants BITS, FLOAT    sample format; SUB_X, SUB_Y: log2 of chroma's steps; CURVE: engine.picture.color.Curve
//           BEFORE, AFTER, ABOVE, BELOW   weights of the neighbouring chroma samples: before (even columns), after (odd
//                          columns), above (upper rows), below (lower rows)
//           TURN, MIRRORED counter-clockwise quarter turns to the upright picture, then mirroring left to right
//           HALVE; RAGGED: whether the width is not a multiple of eight
// source    ITU-R BT.2100-3 (HLG, PQ), BT.709-6, IEC 61966-2-1, Apple Log Profile White Paper (2023);
//           chroma siting: ITU-T H.273 ChromaLocType

struct Columns { even: vec4<f32>, odd: vec4<f32>, before: f32, after: f32 };
struct Chroma { blue: Columns, red: Columns };
struct Light { r: vec4<f32>, g: vec4<f32>, b: vec4<f32> };
struct Row { even: Light, odd: Light, edge: Light };

// Output lines per invocation. A larger value decodes fewer rows twice; a smaller one keeps more of the GPU busy.
const STRETCH = 24u;
// Half of the widened Hermite cubic at ½ and 1½ samples from the centre.
const NEAR = 0.421875;
const FAR = 0.078125;

// Access to words of a row: luma is stored in four words a texel, chroma in two.
fn luma_words(row: u32, index: u32) -> vec4<u32> {
    return textureLoad(luma, vec2<u32>(index, row), 0);
}

fn chroma_words(plane: u32, row: u32, index: u32) -> vec2<u32> {
    if plane == 1u { return textureLoad(cb, vec2<u32>(index, row), 0).xy; }
    return textureLoad(cr, vec2<u32>(index, row), 0).xy;
}

fn word(plane: u32, row: u32, index: u32) -> u32 {
    if plane == 0u { return luma_words(row, index >> 2u)[index & 3u]; }
    return chroma_words(plane, row, index >> 1u)[index & 1u];
}

// The words of the eight samples from 8·at; 8-bit samples only use the first two.
fn eight(plane: u32, row: u32, at: u32) -> vec4<u32> {
    if plane == 0u && BITS == 8u {
        let both = luma_words(row, at >> 1u);
        return select(both, both.zwxy, (at & 1u) == 1u);
    }
    if plane == 0u { return luma_words(row, at); }
    if BITS == 8u { return chroma_words(plane, row, at).xyxy; }
    return vec4<u32>(chroma_words(plane, row, at * 2u), chroma_words(plane, row, at * 2u + 1u));
}

fn lower(words: vec4<u32>) -> vec4<f32> {
    if FLOAT {
        return vec4<f32>(
            unpack2x16float(words.x).x, unpack2x16float(words.y).x,
            unpack2x16float(words.z).x, unpack2x16float(words.w).x,
        );
    }
    return vec4<f32>(words & vec4<u32>(0xffffu));
}

fn upper(words: vec4<u32>) -> vec4<f32> {
    if FLOAT {
        return vec4<f32>(
            unpack2x16float(words.x).y, unpack2x16float(words.y).y,
            unpack2x16float(words.z).y, unpack2x16float(words.w).y,
        );
    }
    return vec4<f32>(words >> vec4<u32>(16u));
}

fn sample(plane: u32, row: u32, column: u32) -> f32 {
    if BITS == 8u {
        return f32((word(plane, row, column >> 2u) >> ((column & 3u) * 8u)) & 0xffu);
    }
    let pair = word(plane, row, column >> 1u);
    if FLOAT {
        let both = unpack2x16float(pair);
        return select(both.x, both.y, (column & 1u) == 1u);
    }
    return f32((pair >> ((column & 1u) * 16u)) & 0xffffu);
}

fn samples(plane: u32, row: u32, columns: vec4<u32>) -> vec4<f32> {
    return vec4<f32>(
        sample(plane, row, columns.x), sample(plane, row, columns.y),
        sample(plane, row, columns.z), sample(plane, row, columns.w),
    );
}

// Eight columns from 8·at, and their neighbours; columns past the edge repeat the last one.
fn columns(plane: u32, at: u32, row: u32) -> Columns {
    let last = uniforms.size.x - 1u;
    let first = at * 8u;
    var found: Columns;
    if RAGGED {
        found.even = samples(plane, row, min(vec4<u32>(0u, 2u, 4u, 6u) + first, vec4<u32>(last)));
        found.odd = samples(plane, row, min(vec4<u32>(1u, 3u, 5u, 7u) + first, vec4<u32>(last)));
    } else if BITS == 8u {
        let bytes = eight(plane, row, at).xxyy >> vec4<u32>(0u, 16u, 0u, 16u);
        found.even = vec4<f32>(bytes & vec4<u32>(0xffu));
        found.odd = vec4<f32>((bytes >> vec4<u32>(8u)) & vec4<u32>(0xffu));
    } else {
        let words = eight(plane, row, at);
        found.even = lower(words);
        found.odd = upper(words);
    }
    if HALVE && (RAGGED || BITS == 8u) {
        found.before = sample(plane, row, max(first, 1u) - 1u);
        found.after = sample(plane, row, min(first + 8u, last));
    } else if HALVE {
        found.before = select(upper(eight(plane, row, max(at, 1u) - 1u)).w, found.even.x, at == 0u);
        found.after = select(lower(eight(plane, row, min(at + 1u, last >> 3u))).x, found.odd.w, first + 8u > last);
    }
    return found;
}

// Four samples of horizontally subsampled chroma from 4·at, in `even`, and their neighbours.
fn sites(plane: u32, at: u32, row: u32) -> Columns {
    let last = (uniforms.size.x - 1u) >> 1u;
    let first = at * 4u;
    var found: Columns;
    if RAGGED || BITS == 8u {
        found.even = samples(plane, row, min(vec4<u32>(0u, 1u, 2u, 3u) + first, vec4<u32>(last)));
        found.before = sample(plane, row, max(first, 1u) - 1u);
        found.after = sample(plane, row, min(first + 4u, last));
        return found;
    }
    let words = chroma_words(plane, row, at);
    found.even = vec4<f32>((words.xxyy >> vec4<u32>(0u, 16u, 0u, 16u)) & vec4<u32>(0xffffu));
    let before = chroma_words(plane, row, max(at, 1u) - 1u).y >> 16u;
    let after = chroma_words(plane, row, min(at + 1u, last >> 2u)).x & 0xffffu;
    found.before = select(f32(before), found.even.x, at == 0u);
    found.after = select(f32(after), found.even.w, first + 4u > last);
    return found;
}

fn between(a: Columns, b: Columns, share: f32) -> Columns {
    var odd = a.odd;
    if SUB_X == 0u {
        odd += (b.odd - a.odd) * share;
    }
    return Columns(
        a.even + (b.even - a.even) * share, odd,
        a.before + (b.before - a.before) * share, a.after + (b.after - a.after) * share,
    );
}

fn spread(c: Columns) -> Columns {
    if SUB_X == 0u {
        return c;
    }
    let previous = vec4<f32>(c.before, c.even.xyz);
    let next = vec4<f32>(c.even.yzw, c.after);
    return Columns(
        c.even + (previous - c.even) * BEFORE,
        c.even + (next - c.even) * AFTER,
        c.before + (c.even.x - c.before) * AFTER,
        c.after + (c.even.w - c.after) * BEFORE,
    );
}

fn chroma_row(at: u32, row: u32) -> Chroma {
    if SUB_X == 1u {
        return Chroma(sites(1u, at, row), sites(2u, at, row));
    }
    return Chroma(columns(1u, at, row), columns(2u, at, row));
}

fn chroma_between(a: Chroma, b: Chroma, share: f32) -> Chroma {
    return Chroma(between(a.blue, b.blue, share), between(a.red, b.red, share));
}

fn hlg(code: vec4<f32>) -> vec4<f32> {
    let e = abs(code);
    // exp((e − c)/a) = exp2(e·k − c·k): a = 0.17883277, b and c for light from 0 to 3.
    let bright = 0.07116723 + exp2(e * 8.067286 - 6.5169598);
    let light = select(bright, e * e, e < vec4<f32>(0.5));
    return select(light, -light, code < vec4<f32>(0.0));
}

fn pq(code: vec4<f32>) -> vec4<f32> {
    let x = pow(abs(code), vec4<f32>(1.0 / 78.84375));
    // The curve has a pole beyond code 1.087; clip to the largest half float.
    let ratio = max(x - 0.8359375, vec4<f32>(0.0)) / max(18.8515625 - 18.6875 * x, vec4<f32>(1e-4));
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

// CURVE is numbered as in engine.picture.color.Curve.
fn linear(code: vec4<f32>) -> vec4<f32> {
    if CURVE == 1u { return hlg(code); }
    if CURVE == 2u { return pq(code); }
    if CURVE == 3u { return apple_log(code); }
    if CURVE == 4u { return monitor_curve(code, 2.2222222, 0.099, 0.081, 0.2215435); }
    if CURVE == 5u { return monitor_curve(code, 2.4, 0.055, 0.039285714, 0.077380154); }
    return code;
}

fn light(y: vec4<f32>, blue: vec4<f32>, red: vec4<f32>) -> Light {
    let m = uniforms.to_rgb;
    return Light(
        linear(m[0].x * y + m[0].y * blue + m[0].z * red + m[0].w),
        linear(m[1].x * y + m[1].y * blue + m[1].z * red + m[1].w),
        linear(m[2].x * y + m[2].y * blue + m[2].z * red + m[2].w),
    );
}

fn light_row(at: u32, row: u32, chroma: Chroma) -> Row {
    let y = columns(0u, at, row);
    let blue = spread(chroma.blue);
    let red = spread(chroma.red);
    var found: Row;
    found.even = light(y.even, blue.even, red.even);
    found.odd = light(y.odd, blue.odd, red.odd);
    if HALVE {
        found.edge = light(
            vec2<f32>(y.before, y.after).xyxy, vec2<f32>(blue.before, blue.after).xyxy,
            vec2<f32>(red.before, red.after).xyxy,
        );
    }
    return found;
}

fn halved(even: vec4<f32>, odd: vec4<f32>, edge: vec4<f32>) -> vec4<f32> {
    return NEAR * (even + odd) + FAR * (vec4<f32>(edge.x, odd.xyz) + vec4<f32>(even.yzw, edge.y));
}

fn halved_row(at: u32, row: u32, chroma: Chroma) -> Light {
    let found = light_row(at, row, chroma);
    return Light(
        halved(found.even.r, found.odd.r, found.edge.r),
        halved(found.even.g, found.odd.g, found.edge.g),
        halved(found.even.b, found.odd.b, found.edge.b),
    );
}

fn upright(x: u32, y: u32) -> vec2<u32> {
    let far = uniforms.made - vec2<u32>(1u);
    var at = vec2<u32>(x, y);
    if TURN == 1u { at = vec2<u32>(y, far.x - x); }
    if TURN == 2u { at = far - at; }
    if TURN == 3u { at = vec2<u32>(far.y - y, x); }
    if MIRRORED { at.x = select(far.x, far.y, TURN % 2u == 1u) - at.x; }
    return at;
}

fn emit(x: u32, y: u32, r: f32, g: f32, b: f32) {
    if x < uniforms.made.x && y < uniforms.made.y {
        let n = uniforms.to_acescg;
        let color = vec3<f32>(
            n[0].x * r + n[0].y * g + n[0].z * b,
            n[1].x * r + n[1].y * g + n[1].z * b,
            n[2].x * r + n[2].y * g + n[2].z * b,
        );
        store_scene(upright(x, y), vec4<f32>(color, 1.0));
    }
}

fn emit_4(x: u32, step: u32, y: u32, color: Light) {
    emit(x, y, color.r.x, color.g.x, color.b.x);
    emit(x + step, y, color.r.y, color.g.y, color.b.y);
    emit(x + 2u * step, y, color.r.z, color.g.z, color.b.z);
    emit(x + 3u * step, y, color.r.w, color.g.w, color.b.w);
}

fn weighed(a: f32, one: Light, b: f32, other: Light) -> Light {
    return Light(a * one.r + b * other.r, a * one.g + b * other.g, a * one.b + b * other.b);
}

@compute @workgroup_size(32, 1, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let at = group.x * 32u + lane;
    if at * 8u >= uniforms.size.x {
        return;
    }
    let last = uniforms.size.y - 1u;
    let pairs = (uniforms.size.y + 1u) / 2u;
    let end = min((group.y + 1u) * STRETCH, pairs);
    var pair = group.y * STRETCH;
    // Halving also needs the row above the first pair and the row below the last pair.
    let begin = select(pair, max(pair, 1u) - 1u, HALVE);
    var above: Chroma;
    var here: Chroma;
    if SUB_Y == 1u {
        above = chroma_row(at, max(begin, 1u) - 1u);
        here = chroma_row(at, begin);
    }
    if !HALVE {
        for (; pair < end; pair++) {
            let lower_row = min(pair * 2u + 1u, last);
            var upper_chroma: Chroma;
            var lower_chroma: Chroma;
            if SUB_Y == 1u {
                let below = chroma_row(at, min(pair + 1u, pairs - 1u));
                upper_chroma = chroma_between(here, above, ABOVE);
                lower_chroma = chroma_between(here, below, BELOW);
                above = here;
                here = below;
            } else {
                upper_chroma = chroma_row(at, pair * 2u);
                lower_chroma = chroma_row(at, lower_row);
            }
            let upper_light = light_row(at, pair * 2u, upper_chroma);
            emit_4(at * 8u, 2u, pair * 2u, upper_light.even);
            emit_4(at * 8u + 1u, 2u, pair * 2u, upper_light.odd);
            let lower_light = light_row(at, lower_row, lower_chroma);
            emit_4(at * 8u, 2u, pair * 2u + 1u, lower_light.even);
            emit_4(at * 8u + 1u, 2u, pair * 2u + 1u, lower_light.odd);
        }
        return;
    }
    // The lower row of the previous pair, or a repeat of the first row.
    let row_before = max(pair * 2u, 1u) - 1u;
    var chroma_before: Chroma;
    if SUB_Y == 1u {
        let first = chroma_row(at, pair);
        chroma_before = chroma_between(here, first, BELOW);
        above = here;
        here = first;
    } else {
        chroma_before = chroma_row(at, row_before);
    }
    var lower_before = halved_row(at, row_before, chroma_before);
    var sum: Light;
    for (var line = pair; line <= end; line++) {
        let upper_row = min(line * 2u, last);
        let lower_row = min(line * 2u + 1u, last);
        var upper_chroma: Chroma;
        var lower_chroma: Chroma;
        if SUB_Y == 1u {
            let below = chroma_row(at, min(line + 1u, pairs - 1u));
            upper_chroma = chroma_between(here, above, ABOVE);
            lower_chroma = chroma_between(here, below, BELOW);
            above = here;
            here = below;
        } else {
            upper_chroma = chroma_row(at, upper_row);
            lower_chroma = chroma_row(at, lower_row);
        }
        let upper_light = halved_row(at, upper_row, upper_chroma);
        if line > pair {
            emit_4(at * 4u, 1u, line - 1u, weighed(1.0, sum, FAR, upper_light));
        }
        let lower_light = halved_row(at, lower_row, lower_chroma);
        let middle = weighed(NEAR, upper_light, NEAR, lower_light);
        sum = weighed(1.0, middle, FAR, lower_before);
        lower_before = lower_light;
    }
}
