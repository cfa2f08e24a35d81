// Input pass: converts stored samples to scene-linear ACEScg, upright; with HALVE at half size.
//
// An invocation processes sixteen neighbouring columns downwards, two rows at a time, and decodes each sample once. Even
// and odd columns are separate, as in the packed words. Halving weights four rows and four columns by the Hermite cubic
// widened to 2:1 in linear light. The weights are never negative, so a highlight has no dark ring.
// No branch depends on data, because lavapipe runs both sides of a branch.
//
// inputs    luma, cb, cr   decoded sample planes, packed little-endian, four words a texel
// output    scene          scene-linear ACEScg
// uniforms  to_rgb         stored samples (and 1) to R′G′B′, 3×4
//           to_acescg      linear light to ACEScg, 3×3
//           size           of the stored picture; made: of the output before rotation
// constants BITS, FLOAT    sample format; SUB_X, SUB_Y: log2 of chroma's steps; CURVE: engine.picture.color.Curve
//           BEFORE, AFTER, ABOVE, BELOW   weights of the neighbouring chroma samples: before (even columns), after (odd
//                          columns), above (upper rows), below (lower rows)
//           TURN, MIRRORED counter-clockwise quarter turns to the upright picture, then mirroring left to right
//           HALVE; CUT: whether the last group of columns or rows is incomplete
//           RAGGED: whether the width is not a multiple of eight; SHORT: whether it is an odd multiple of
//                          eight
// source    ITU-R BT.2100-3 (HLG, PQ), BT.709-6, IEC 61966-2-1, Apple Log Profile White Paper (2023);
//           chroma siting: ITU-T H.273 ChromaLocType

// Sixteen neighbouring columns: 0 2 4 6, 1 3 5 7, 8 10 12 14, 9 11 13 15, and the neighbours on both sides.
struct Columns { even: vec4<f32>, odd: vec4<f32>, even_2: vec4<f32>, odd_2: vec4<f32>, before: f32, after: f32 };
// What the chroma samples add to red, green and blue.
struct Chroma { r: Columns, g: Columns, b: Columns };
struct Light { r: vec4<f32>, g: vec4<f32>, b: vec4<f32> };
struct Row { even: Light, odd: Light, even_2: Light, odd_2: Light, edge: Light };
// Eight neighbouring pixels.
struct Pixels { first: Light, second: Light };

// Output lines per invocation. A larger value decodes fewer rows twice; a smaller one keeps more of the GPU busy.
const STRETCH = 24u;
// The widened Hermite cubic at 1½ samples from the centre, as a share of its value at ½: 0.078125 / 0.421875. The
// matrix to_acescg has the common factor.
const FAR = 0.18518518;

fn texel(plane: u32, row: u32, index: u32) -> vec4<u32> {
    if plane == 0u { return textureLoad(luma, vec2<u32>(index, row)); }
    if plane == 1u { return textureLoad(cb, vec2<u32>(index, row)); }
    return textureLoad(cr, vec2<u32>(index, row));
}

fn word(plane: u32, row: u32, index: u32) -> u32 {
    return texel(plane, row, index >> 2u)[index & 3u];
}

// The samples in the lower and in the upper halves of words.
fn lower(words: vec4<u32>) -> vec4<f32> {
    if FLOAT {
        return vec4<f32>(
            unpack2x16float(words.x).x, unpack2x16float(words.y).x,
            unpack2x16float(words.z).x, unpack2x16float(words.w).x,
        );
    }
    return vec4<f32>(vec4<i32>(words & vec4<u32>(0xffffu)));
}

fn upper(words: vec4<u32>) -> vec4<f32> {
    if FLOAT {
        return vec4<f32>(
            unpack2x16float(words.x).y, unpack2x16float(words.y).y,
            unpack2x16float(words.z).y, unpack2x16float(words.w).y,
        );
    }
    return vec4<f32>(vec4<i32>(words >> vec4<u32>(16u)));
}

fn low_bytes(words: vec4<u32>) -> vec4<f32> {
    return vec4<f32>(vec4<i32>(words & vec4<u32>(0xffu)));
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

// Samples at `columns`, which are clamped to `last`.
fn samples(plane: u32, row: u32, last: u32, columns: vec4<u32>) -> vec4<f32> {
    let at = min(columns, vec4<u32>(last));
    return vec4<f32>(
        sample(plane, row, at.x), sample(plane, row, at.y), sample(plane, row, at.z), sample(plane, row, at.w),
    );
}

// Sixteen columns from 16·at, and their neighbours; columns past the edge repeat the last one.
fn columns(plane: u32, at: u32, row: u32) -> Columns {
    let last = uniforms.size.x - 1u;
    let first = at * 16u;
    var found: Columns;
    if RAGGED {
        let even = vec4<u32>(0u, 2u, 4u, 6u) + first;
        found.even = samples(plane, row, last, even);
        found.odd = samples(plane, row, last, even + 1u);
        found.even_2 = samples(plane, row, last, even + 8u);
        found.odd_2 = samples(plane, row, last, even + 9u);
    } else if BITS == 8u {
        let words = texel(plane, row, at);
        let shifts = vec4<u32>(0u, 16u, 0u, 16u);
        let first_bytes = words.xxyy >> shifts;
        let second_bytes = words.zzww >> shifts;
        found.even = low_bytes(first_bytes);
        found.odd = low_bytes(first_bytes >> vec4<u32>(8u));
        found.even_2 = low_bytes(second_bytes);
        found.odd_2 = low_bytes(second_bytes >> vec4<u32>(8u));
    } else {
        let words = texel(plane, row, at * 2u);
        let words_2 = texel(plane, row, at * 2u + 1u);
        found.even = lower(words);
        found.odd = upper(words);
        found.even_2 = lower(words_2);
        found.odd_2 = upper(words_2);
    }
    if SHORT {
        let beyond = first + 8u > last;
        found.even_2 = select(found.even_2, found.odd.wwww, beyond);
        found.odd_2 = select(found.odd_2, found.odd.wwww, beyond);
    }
    if HALVE && RAGGED {
        found.before = sample(plane, row, max(first, 1u) - 1u);
        found.after = sample(plane, row, min(first + 16u, last));
    } else if HALVE {
        // Texels that do not exist are not used.
        let step = 16u / (128u / BITS);
        let left = texel(plane, row, max(at * step, 1u) - 1u).wwww;
        let right = texel(plane, row, at * step + step).xxxx;
        var before = upper(left).x;
        var after = lower(right).x;
        if BITS == 8u {
            before = low_bytes(left >> vec4<u32>(24u)).x;
            after = low_bytes(right).x;
        }
        found.before = select(before, found.even.x, at == 0u);
        found.after = select(after, found.odd_2.w, first + 16u > last);
    }
    return found;
}

// Eight samples of horizontally subsampled chroma from 8·at, in `even` and `even_2`, and their neighbours.
fn sites(plane: u32, at: u32, row: u32) -> Columns {
    let last = (uniforms.size.x - 1u) >> 1u;
    let first = at * 8u;
    var found: Columns;
    if RAGGED {
        let near = vec4<u32>(0u, 1u, 2u, 3u) + first;
        found.even = samples(plane, row, last, near);
        found.even_2 = samples(plane, row, last, near + 4u);
        found.before = sample(plane, row, max(first, 1u) - 1u);
        found.after = sample(plane, row, min(first + 8u, last));
        return found;
    }
    var before: u32;
    var after: u32;
    if BITS == 8u {
        let both = texel(plane, row, at >> 1u);
        let words = select(both.xy, both.zw, (at & 1u) == 1u);
        let shifts = vec4<u32>(0u, 8u, 16u, 24u);
        found.even = low_bytes(words.xxxx >> shifts);
        found.even_2 = low_bytes(words.yyyy >> shifts);
        before = word(plane, row, max(at * 2u, 1u) - 1u) >> 24u;
        after = word(plane, row, at * 2u + 2u) & 0xffu;
    } else {
        let words = texel(plane, row, at);
        let shifts = vec4<u32>(0u, 16u, 0u, 16u);
        found.even = lower(words.xxyy >> shifts);
        found.even_2 = lower(words.zzww >> shifts);
        before = texel(plane, row, max(at, 1u) - 1u).w >> 16u;
        after = texel(plane, row, at + 1u).x & 0xffffu;
    }
    if SHORT {
        found.even_2 = select(found.even_2, found.even.wwww, first + 4u > last);
    }
    found.before = select(f32(before), found.even.x, at == 0u);
    found.after = select(f32(after), found.even_2.w, first + 8u > last);
    return found;
}

fn between(a: Columns, b: Columns, share: f32) -> Columns {
    if share == 0.0 {
        return a;
    }
    var odd = a.odd;
    var odd_2 = a.odd_2;
    if SUB_X == 0u {
        odd += (b.odd - a.odd) * share;
        odd_2 += (b.odd_2 - a.odd_2) * share;
    }
    return Columns(
        a.even + (b.even - a.even) * share, odd, a.even_2 + (b.even_2 - a.even_2) * share, odd_2,
        a.before + (b.before - a.before) * share, a.after + (b.after - a.after) * share,
    );
}

fn spread(c: Columns) -> Columns {
    if SUB_X == 0u {
        return c;
    }
    let previous = vec4<f32>(c.before, c.even.xyz);
    let next = vec4<f32>(c.even.yzw, c.even_2.x);
    let previous_2 = vec4<f32>(c.even.w, c.even_2.xyz);
    let next_2 = vec4<f32>(c.even_2.yzw, c.after);
    var found = c;
    // Samples at the place of a luma sample need no neighbour.
    if BEFORE != 0.0 {
        found.even += (previous - c.even) * BEFORE;
        found.even_2 += (previous_2 - c.even_2) * BEFORE;
        found.after += (c.even_2.w - c.after) * BEFORE;
    }
    found.odd = c.even + (next - c.even) * AFTER;
    found.odd_2 = c.even_2 + (next_2 - c.even_2) * AFTER;
    found.before += (c.even.x - c.before) * AFTER;
    return found;
}

fn added(m: vec4<f32>, blue: Columns, red: Columns) -> Columns {
    return Columns(
        m.y * blue.even + m.z * red.even + m.w, m.y * blue.odd + m.z * red.odd + m.w,
        m.y * blue.even_2 + m.z * red.even_2 + m.w, m.y * blue.odd_2 + m.z * red.odd_2 + m.w,
        m.y * blue.before + m.z * red.before + m.w, m.y * blue.after + m.z * red.after + m.w,
    );
}

// The matrix is applied to the chroma samples before they are interpolated, because there are fewer of them.
fn chroma_row(at: u32, row: u32) -> Chroma {
    var blue: Columns;
    var red: Columns;
    if SUB_X == 1u {
        blue = sites(1u, at, row);
        red = sites(2u, at, row);
    } else {
        blue = columns(1u, at, row);
        red = columns(2u, at, row);
    }
    let m = uniforms.to_rgb;
    return Chroma(added(m[0], blue, red), added(m[1], blue, red), added(m[2], blue, red));
}

fn chroma_between(a: Chroma, b: Chroma, share: f32) -> Chroma {
    return Chroma(between(a.r, b.r, share), between(a.g, b.g, share), between(a.b, b.b, share));
}

fn hlg(code: vec4<f32>) -> vec4<f32> {
    // exp((e − c)/a) for e from 0.5 to 1.1 within 3e-6, as the eighth power of a polynomial: a = 0.17883277, b and c for
    // light from 0 to 3. It needs no exponent's bits, and stays close to the curve above (1.4 % at 2).
    var e = code;
    if FLOAT {
        e = min(code, vec4<f32>(8.0));
    }
    let root = 0.56888997 + e * (0.39519358 + e * (0.14464218 + e * (0.025166046 + e * 0.0098734555)));
    let square = root * root;
    let fourth = square * square;
    return select(0.07116723 + fourth * fourth, code * abs(code), code < vec4<f32>(0.5));
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

fn light(y: vec4<f32>, r: vec4<f32>, g: vec4<f32>, b: vec4<f32>) -> Light {
    let m = uniforms.to_rgb;
    if SUB_X == 1u {
        // Subsampled planes are Y′CbCr, whose luma has one factor.
        let grey = m[0].x * y;
        return Light(linear(grey + r), linear(grey + g), linear(grey + b));
    }
    return Light(linear(m[0].x * y + r), linear(m[1].x * y + g), linear(m[2].x * y + b));
}

fn light_row(at: u32, row: u32, chroma: Chroma) -> Row {
    let y = columns(0u, at, row);
    let r = spread(chroma.r);
    let g = spread(chroma.g);
    let b = spread(chroma.b);
    var found: Row;
    found.even = light(y.even, r.even, g.even, b.even);
    found.odd = light(y.odd, r.odd, g.odd, b.odd);
    found.even_2 = light(y.even_2, r.even_2, g.even_2, b.even_2);
    found.odd_2 = light(y.odd_2, r.odd_2, g.odd_2, b.odd_2);
    if HALVE {
        found.edge = light(
            vec2<f32>(y.before, y.after).xyxy, vec2<f32>(r.before, r.after).xyxy,
            vec2<f32>(g.before, g.after).xyxy, vec2<f32>(b.before, b.after).xyxy,
        );
    }
    return found;
}

// Four pixels of half the width; `before` is the column before their columns, `after` the one after them.
fn halved(before: f32, even: vec4<f32>, odd: vec4<f32>, after: f32) -> vec4<f32> {
    return even + odd + FAR * (vec4<f32>(before, odd.xyz) + vec4<f32>(even.yzw, after));
}

fn halved_row(at: u32, row: u32, chroma: Chroma) -> Pixels {
    let found = light_row(at, row, chroma);
    return Pixels(
        Light(
            halved(found.edge.r.x, found.even.r, found.odd.r, found.even_2.r.x),
            halved(found.edge.g.x, found.even.g, found.odd.g, found.even_2.g.x),
            halved(found.edge.b.x, found.even.b, found.odd.b, found.even_2.b.x),
        ),
        Light(
            halved(found.odd.r.w, found.even_2.r, found.odd_2.r, found.edge.r.y),
            halved(found.odd.g.w, found.even_2.g, found.odd_2.g, found.edge.g.y),
            halved(found.odd.b.w, found.even_2.b, found.odd_2.b, found.edge.b.y),
        ),
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
    // A branch costs lavapipe as much as a third of the pass.
    if CUT {
        if x < uniforms.made.x && y < uniforms.made.y {
            store(x, y, r, g, b);
        }
    } else {
        store(x, y, r, g, b);
    }
}

fn store(x: u32, y: u32, r: f32, g: f32, b: f32) {
    let n = uniforms.to_acescg;
    let color = vec3<f32>(
        n[0].x * r + n[0].y * g + n[0].z * b,
        n[1].x * r + n[1].y * g + n[1].z * b,
        n[2].x * r + n[2].y * g + n[2].z * b,
    );
    store_scene(upright(x, y), vec4<f32>(color, 1.0));
}

fn emit_4(x: u32, step: u32, y: u32, color: Light) {
    emit(x, y, color.r.x, color.g.x, color.b.x);
    emit(x + step, y, color.r.y, color.g.y, color.b.y);
    emit(x + 2u * step, y, color.r.z, color.g.z, color.b.z);
    emit(x + 3u * step, y, color.r.w, color.g.w, color.b.w);
}

// A row of the picture: the columns are separate, as `Columns`.
fn emit_row(at: u32, y: u32, found: Row) {
    emit_4(at * 16u, 2u, y, found.even);
    emit_4(at * 16u + 1u, 2u, y, found.odd);
    emit_4(at * 16u + 8u, 2u, y, found.even_2);
    emit_4(at * 16u + 9u, 2u, y, found.odd_2);
}

// The first, and a share of the second.
fn weighed_light(one: Light, other: Light) -> Light {
    return Light(one.r + FAR * other.r, one.g + FAR * other.g, one.b + FAR * other.b);
}

fn weighed(one: Pixels, other: Pixels) -> Pixels {
    return Pixels(weighed_light(one.first, other.first), weighed_light(one.second, other.second));
}

fn added_light(one: Light, other: Light) -> Light {
    return Light(one.r + other.r, one.g + other.g, one.b + other.b);
}

fn added_pixels(one: Pixels, other: Pixels) -> Pixels {
    return Pixels(added_light(one.first, other.first), added_light(one.second, other.second));
}

@compute @workgroup_size(16, 1, 1)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let at = group.x * 16u + lane;
    if at * 16u >= uniforms.size.x {
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
    if !HALVE && SUB_Y == 0u {
        for (var row = pair * 2u; row < end * 2u; row++) {
            let at_row = min(row, last);
            emit_row(at, row, light_row(at, at_row, chroma_row(at, at_row)));
        }
        return;
    }
    if !HALVE {
        for (; pair < end; pair++) {
            let below = chroma_row(at, min(pair + 1u, pairs - 1u));
            let lower_row = min(pair * 2u + 1u, last);
            emit_row(at, pair * 2u, light_row(at, pair * 2u, chroma_between(here, above, ABOVE)));
            emit_row(at, pair * 2u + 1u, light_row(at, lower_row, chroma_between(here, below, BELOW)));
            above = here;
            here = below;
        }
        return;
    }
    // A line needs the row above its pair and the row below it: the edges repeat.
    let row_before = max(pair * 2u, 1u) - 1u;
    var chroma_before: Chroma;
    var chroma_first: Chroma;
    if SUB_Y == 1u {
        let first = chroma_row(at, pair);
        chroma_before = chroma_between(here, first, BELOW);
        chroma_first = chroma_between(first, here, ABOVE);
        here = first;
    } else {
        chroma_before = chroma_row(at, row_before);
        chroma_first = chroma_row(at, pair * 2u);
    }
    var sum = weighed(halved_row(at, pair * 2u, chroma_first), halved_row(at, row_before, chroma_before));
    for (var line = pair; line < end; line++) {
        let lower_row = min(line * 2u + 1u, last);
        let next_row = min(line * 2u + 2u, last);
        var lower_chroma: Chroma;
        var next_chroma: Chroma;
        if SUB_Y == 1u {
            let below = chroma_row(at, min(line + 1u, pairs - 1u));
            lower_chroma = chroma_between(here, below, BELOW);
            next_chroma = chroma_between(below, here, ABOVE);
            here = below;
        } else {
            lower_chroma = chroma_row(at, lower_row);
            next_chroma = chroma_row(at, next_row);
        }
        let lower_light = halved_row(at, lower_row, lower_chroma);
        let next_light = halved_row(at, next_row, next_chroma);
        let made = added_pixels(sum, weighed(lower_light, next_light));
        emit_4(at * 8u, 1u, line, made.first);
        emit_4(at * 8u + 4u, 1u, line, made.second);
        sum = weighed(next_light, lower_light);
    }
}
