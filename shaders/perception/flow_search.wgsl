// Optical flow: the motion of patches of 8 × 8 pixels, every fourth pixel, by inverse search.
//
// inputs    here       a level of the frame, packed as in common/flow.wgsl with a margin of MARGIN pixels
//           there      the level of the other frame
//           coarse_x, coarse_y  the flow of the next coarser level, four pixels a texel
// outputs   patches    motion x and y in pixels, the difference of the means, and the mean squared difference
//           slopes     the sums of the products of both gradients, xx, xy and yy, and the mean brightness
// uniforms  size       of the level in pixels; coarse: of the next coarser one
//           steps      iterations at most
// constants MARGIN; DAMPING: added to the squares of the gradients
//           CANDIDATES of the coarser level, 1 at the patch and up to 4 around it; the best is where a patch begins
// source    Kroeger et al., Fast Optical Flow using Dense Inverse Search, ECCV 2016, sections 2.1 and 2.2; Baker and
//           Matthews, Lucas-Kanade 20 Years On, IJCV 56 (2004): the inverse compositional algorithm

const PATCH = 8;
const COUNT = 64.0;

struct Searched { patches: vec4<f32>, slopes: vec4<f32> };

// Eight pixels of a row, and the ones before and after them.
struct Row { before: f32, left: vec4<f32>, right: vec4<f32>, after: f32 };

// A row of the template with its gradients.
struct Sloped {
    left: vec4<f32>, right: vec4<f32>,
    left_x: vec4<f32>, right_x: vec4<f32>,
    left_y: vec4<f32>, right_y: vec4<f32>,
};

// Sums over a patch: of the gradients and of their products, or of the differences and of their products.
struct Sums { a: vec4<f32>, b: vec4<f32>, c: vec4<f32>, d: vec4<f32>, e: vec4<f32> };

fn total(values: vec4<f32>) -> f32 {
    return dot(values, vec4<f32>(1.0));
}

fn template_row(corner: vec2<i32>, row: i32) -> Row {
    let words = skip_pixels(textureLoad(here, vec2<i32>(corner.x >> 2u, corner.y + row)), u32(corner.x & 3));
    let a = four_pixels(words.x);
    let b = four_pixels(words.y);
    let c = four_pixels(words.z);
    return Row(a.x, vec4<f32>(a.yzw, b.x), vec4<f32>(b.yzw, c.x), c.y);
}

fn slope(above: Row, row: Row, below: Row) -> Sloped {
    return Sloped(
        row.left,
        row.right,
        0.5 * (vec4<f32>(row.left.yzw, row.right.x) - vec4<f32>(row.before, row.left.xyz)),
        0.5 * (vec4<f32>(row.right.yzw, row.after) - vec4<f32>(row.left.w, row.right.xyz)),
        0.5 * (below.left - above.left),
        0.5 * (below.right - above.right),
    );
}

fn add_slopes(sums: Sums, row: Sloped) -> Sums {
    return Sums(
        sums.a + row.left_x + row.right_x,
        sums.b + row.left_y + row.right_y,
        sums.c + row.left_x * row.left_x + row.right_x * row.right_x,
        sums.d + row.left_x * row.left_y + row.right_x * row.right_y,
        sums.e + row.left_y * row.left_y + row.right_y * row.right_y,
    );
}

// A row of the other frame, between pixels.
fn found_row(start: vec2<i32>, row: i32, f: f32) -> mat2x4<f32> {
    let words = skip_pixels(textureLoad(there, vec2<i32>(start.x >> 2u, start.y + row)), u32(start.x & 3));
    let a = four_pixels(words.x);
    let b = four_pixels(words.y);
    let last = f32(i32(words.z & 255u));
    return mat2x4<f32>(a + f * (vec4<f32>(a.yzw, b.x) - a), b + f * (vec4<f32>(b.yzw, last) - b));
}

fn add_difference(sums: Sums, upper: mat2x4<f32>, lower: mat2x4<f32>, f: f32, row: Sloped) -> Sums {
    let left = upper[0] + f * (lower[0] - upper[0]) - row.left;
    let right = upper[1] + f * (lower[1] - upper[1]) - row.right;
    return Sums(
        sums.a + left + right,
        sums.b + left * left + right * right,
        sums.c + left * row.left_x + right * row.right_x,
        sums.d + left * row.left_y + right * row.right_y,
        sums.e,
    );
}

fn coarse_at(place: vec2<i32>) -> vec2<f32> {
    let inside = clamp(place, vec2<i32>(0), uniforms.coarse - 1);
    let group = vec2<i32>(inside.x >> 2u, inside.y);
    let index = inside.x & 3;
    return 2.0 * vec2<f32>(pick(textureLoad(coarse_x, group, 0), index), pick(textureLoad(coarse_y, group, 0), index));
}

// The motion at the patch, then those on its left, right, top and bottom.
fn candidate(centre: vec2<i32>, number: i32) -> vec2<f32> {
    let sign = 1 - 2 * (number & 1);
    let away = select(vec2<i32>(0, sign), vec2<i32>(sign, 0), number < 3) * min(number, 1) * (PATCH * 3 / 4);
    return coarse_at(centre + away);
}

fn pixel(at: vec2<u32>) -> Searched {
    let origin = min(vec2<i32>(at * 4u), uniforms.size - PATCH);
    let corner = origin + i32(MARGIN) - 1;
    // lavapipe keeps values in registers or on the stack, but reads and writes an array lane by lane, also in a loop
    // with a constant count: unrolled rows take a third of the time.
    let r0 = template_row(corner, 0);
    let r1 = template_row(corner, 1);
    let r2 = template_row(corner, 2);
    let r3 = template_row(corner, 3);
    let r4 = template_row(corner, 4);
    let r5 = template_row(corner, 5);
    let r6 = template_row(corner, 6);
    let r7 = template_row(corner, 7);
    let r8 = template_row(corner, 8);
    let r9 = template_row(corner, 9);
    let t0 = slope(r0, r1, r2);
    let t1 = slope(r1, r2, r3);
    let t2 = slope(r2, r3, r4);
    let t3 = slope(r3, r4, r5);
    let t4 = slope(r4, r5, r6);
    let t5 = slope(r5, r6, r7);
    let t6 = slope(r6, r7, r8);
    let t7 = slope(r7, r8, r9);
    let zero = vec4<f32>(0.0);
    let none = Sums(zero, zero, zero, zero, zero);
    var slopes = add_slopes(add_slopes(add_slopes(add_slopes(none, t0), t1), t2), t3);
    slopes = add_slopes(add_slopes(add_slopes(add_slopes(slopes, t4), t5), t6), t7);
    // Gradients without their means, because the difference of the means does not count.
    let sums = vec2<f32>(total(slopes.a), total(slopes.b));
    let xx = total(slopes.c) + DAMPING - sums.x * sums.x / COUNT;
    let xy = total(slopes.d) - sums.x * sums.y / COUNT;
    let yy = total(slopes.e) + DAMPING - sums.y * sums.y / COUNT;
    let inverse = vec3<f32>(yy, -xy, xx) / (xx * yy - xy * xy);

    let centre = origin / 2 + PATCH / 4 - 1;
    let began = coarse_at(centre);
    let lowest = vec2<f32>(-f32(MARGIN));
    let highest = vec2<f32>(uniforms.size + i32(MARGIN) - PATCH - 2);
    var best = vec4<f32>(began, 0.0, 1e30);
    var start_at = began;
    var step = vec2<f32>(0.0);
    for (var turn = 0; turn < i32(CANDIDATES) + i32(uniforms.steps); turn++) {
        var motion = best.xy - step;
        if turn < i32(CANDIDATES) {
            motion = candidate(centre, turn);
        }
        let place = clamp(vec2<f32>(origin) + motion, lowest, highest);
        let base = floor(place);
        let f = place - base;
        let start = vec2<i32>(base) + i32(MARGIN);
        let s0 = found_row(start, 0, f.x);
        let s1 = found_row(start, 1, f.x);
        let s2 = found_row(start, 2, f.x);
        let s3 = found_row(start, 3, f.x);
        let s4 = found_row(start, 4, f.x);
        let s5 = found_row(start, 5, f.x);
        let s6 = found_row(start, 6, f.x);
        let s7 = found_row(start, 7, f.x);
        let s8 = found_row(start, 8, f.x);
        var found = add_difference(add_difference(none, s0, s1, f.y, t0), s1, s2, f.y, t1);
        found = add_difference(add_difference(found, s2, s3, f.y, t2), s3, s4, f.y, t3);
        found = add_difference(add_difference(found, s4, s5, f.y, t4), s5, s6, f.y, t5);
        found = add_difference(add_difference(found, s6, s7, f.y, t6), s7, s8, f.y, t7);
        let mean = total(found.a) / COUNT;
        let squared = total(found.b) / COUNT - mean * mean;
        if squared < best.w {
            best = vec4<f32>(motion, mean, squared);
            let pull = vec2<f32>(total(found.c), total(found.d)) - sums * mean;
            step = vec2<f32>(dot(inverse.xy, pull), dot(inverse.yz, pull));
            if turn < i32(CANDIDATES) {
                start_at = motion;
            }
        } else if turn >= i32(CANDIDATES) {
            break;
        }
        // A patch that moves further than its size has lost its place.
        if any(abs(best.xy - step - start_at) > vec2<f32>(f32(PATCH))) {
            step = vec2<f32>(0.0);
        }
    }
    let brightness = total(t0.left + t0.right + t1.left + t1.right + t2.left + t2.right + t3.left + t3.right
        + t4.left + t4.right + t5.left + t5.right + t6.left + t6.right + t7.left + t7.right) / COUNT;
    return Searched(best, vec4<f32>(xx - DAMPING, xy, yy - DAMPING, brightness));
}
