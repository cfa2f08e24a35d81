// Exact-area filters between a picture and a coarser one, one axis at a time.
//
// An axis of `fine` pixels has `coarse` cells of fine / coarse pixels each. A pixel's light goes to the two nearest
// cells in inverse proportion to the distance, integrated over the pixel's area; up is the transpose of down. So any two
// counts keep the sum of light, its centre and flat areas. Smooth filters also have the weights 1 2 1 on the finer side.
// The picture is mirrored at its edges. Positions are fractions of integers, because a float of a position in an 8K
// picture has an error of .001 pixels.
//
// Source: for fine = 2 coarse, the weights are those of the two-scale relations of the quadratic B-spline, 1 3 3 1, and
// of the quartic one, 1 5 10 10 5 1 (Unser, Splines: a perfect fit for signal and image processing, IEEE Signal
// Processing Magazine 16(6), 1999).

// The pixel that a mirror at both edges shows at `index`.
fn mirrored(index: i32, count: i32) -> i32 {
    let turn = 2 * count;
    let place = ((index % turn) + turn) % turn;
    return min(place, turn - 1 - place);
}

// The same for an index that is less than `count` pixels outside.
fn folded(index: vec2<i32>, count: vec2<i32>) -> vec2<i32> {
    let inside = select(index, -1 - index, index < vec2<i32>(0));
    return select(inside, 2 * count - 1 - inside, inside >= count);
}

fn floor_divide(number: i32, by: i32) -> i32 {
    let quotient = number / by;
    return select(quotient, quotient - 1, number % by < 0);
}

// The first pixel of a cell's weights, and how far before it they begin.
struct DownTaps { first: i32, offset: f32, ratio: f32 };

fn down_taps(cell: i32, fine: i32, coarse: i32) -> DownTaps {
    let start = (2 * cell - 1) * fine;
    let first = floor_divide(start, 2 * coarse);
    let rest = start - first * 2 * coarse;
    return DownTaps(first, f32(rest) / f32(2 * coarse), f32(fine) / f32(coarse));
}

// The share of a cell's tent from its start to `along`; the tent is 2 `ratio` pixels wide.
fn tent_share(along: f32, ratio: f32) -> f32 {
    let inside = clamp(along / ratio, 0.0, 2.0);
    let rest = 2.0 - inside;
    return select(1.0 - 0.5 * rest * rest, 0.5 * inside * inside, inside < 1.0);
}

// The weight of pixel first + number, for number 0 to 4; the five add up to 1.
fn down_weight(taps: DownTaps, number: i32) -> f32 {
    let start = f32(number) - taps.offset;
    return tent_share(start + 1.0, taps.ratio) - tent_share(start, taps.ratio);
}

// The smooth weight of pixel first - 1 + number, for number 0 to 6.
fn smooth_down_weight(taps: DownTaps, number: i32) -> f32 {
    return 0.25 * (down_weight(taps, number - 2) + down_weight(taps, number)) + 0.5 * down_weight(taps, number - 1);
}

// A pixel's value is the sum of the weights times the cells first, first + 1 and first + 2.
struct UpTaps { first: i32, weights: vec3<f32> };

fn up_taps(pixel: i32, fine: i32, coarse: i32) -> UpTaps {
    if fine == coarse {
        return UpTaps(pixel, vec3<f32>(1.0, 0.0, 0.0));
    }
    let start = 2 * pixel * coarse - fine;
    let first = floor_divide(start, 2 * fine);
    let begin = f32(start - first * 2 * fine) / f32(2 * fine);
    let end = begin + f32(coarse) / f32(fine);
    if end <= 1.0 {
        let middle = 0.5 * (begin + end);
        return UpTaps(first, vec3<f32>(1.0 - middle, middle, 0.0));
    }
    // The centre of cell first + 1 divides the pixel in two.
    let before = (1.0 - begin) * f32(fine) / f32(coarse);
    let middle = 0.5 * (begin + 1.0);
    let beyond = 0.5 * (end - 1.0);
    let after = 1.0 - before;
    return UpTaps(first, vec3<f32>(before * (1.0 - middle), before * middle + after * (1.0 - beyond), after * beyond));
}

fn up_weight(taps: UpTaps, cell: i32) -> f32 {
    let number = cell - taps.first;
    return select(0.0, taps.weights.x, number == 0) + select(0.0, taps.weights.y, number == 1)
        + select(0.0, taps.weights.z, number == 2);
}

// The weights of the cells first to first + 4; not smooth, those of first + 1 to first + 3.
struct Refine { first: i32, weights: array<f32, 5> };

fn refine(pixel: i32, fine: i32, coarse: i32, is_smooth: bool) -> Refine {
    let here = up_taps(pixel, fine, coarse);
    var made = Refine(here.first - 1, array<f32, 5>(0.0, here.weights.x, here.weights.y, here.weights.z, 0.0));
    if is_smooth && fine > coarse {
        let left = up_taps(mirrored(pixel - 1, fine), fine, coarse);
        let right = up_taps(mirrored(pixel + 1, fine), fine, coarse);
        made.first = min(left.first, min(here.first, right.first));
        for (var number = 0; number < 5; number++) {
            let cell = made.first + number;
            let aside = up_weight(left, cell) + up_weight(right, cell);
            made.weights[number] = 0.25 * aside + 0.5 * up_weight(here, cell);
        }
    }
    return made;
}
