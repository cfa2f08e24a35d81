// Optical flow: the motion of patches of 8 × 8 pixels by inverse search.
//
// inputs    here       a level of the frame, packed with a margin of MARGIN pixels
//           there      the level of the other frame
//           coarse     the flow of the next coarser level in its pixels; not read at the coarsest one (FIRST)
// output    patches    motion x and y in pixels, the difference of the means, and the mean squared difference
// constants MARGIN, STRIDE, STEPS, FIRST, DAMPING
// source    Kroeger et al., Fast Optical Flow using Dense Inverse Search, ECCV 2016, sections 2.1 and 2.2; Baker and
//           Matthews, Lucas-Kanade 20 Years On, IJCV 56 (2004): the inverse compositional algorithm

const PATCH = 8;

fn pixel(at: vec2<u32>) -> vec4<f32> {
    let margin = vec2<i32>(i32(MARGIN));
    let size = vec2<i32>(textureDimensions(here)) - 2 * margin;
    let origin = min(vec2<i32>(at * STRIDE), size - PATCH);
    var began = vec2<f32>(0.0);
    if !FIRST {
        // The centre of the patch in the coarser level, between pixels.
        let half = vec2<f32>(origin) * 0.5 + 1.5;
        let low = vec2<i32>(half);
        let f = half - vec2<f32>(low);
        let last = vec2<i32>(textureDimensions(coarse)) - 1;
        let high = min(low + 1, last);
        let top = mix(textureLoad(coarse, low, 0).xy, textureLoad(coarse, vec2<i32>(high.x, low.y), 0).xy, f.x);
        let bottom = mix(textureLoad(coarse, vec2<i32>(low.x, high.y), 0).xy, textureLoad(coarse, high, 0).xy, f.x);
        began = 2.0 * mix(top, bottom, f.y);
    }
    // The template with its gradients: 16 times four pixels.
    var pixels: array<vec4<f32>, 16>;
    var across: array<vec4<f32>, 16>;
    var down: array<vec4<f32>, 16>;
    var sums = vec2<f32>(0.0);
    var xx = 0.0;
    var xy = 0.0;
    var yy = 0.0;
    let corner = origin + margin;
    let one = vec4<f32>(1.0);
    for (var row = 0; row < 8; row++) {
        let y = corner.y + row;
        let a = textureLoad(here, vec2<i32>(corner.x - 1, y), 0);
        let b = textureLoad(here, vec2<i32>(corner.x + 3, y), 0);
        let c = textureLoad(here, vec2<i32>(corner.x + 7, y), 0);
        let left_up = textureLoad(here, vec2<i32>(corner.x, y - 1), 0);
        let right_up = textureLoad(here, vec2<i32>(corner.x + 4, y - 1), 0);
        let left_down = textureLoad(here, vec2<i32>(corner.x, y + 1), 0);
        let right_down = textureLoad(here, vec2<i32>(corner.x + 4, y + 1), 0);
        pixels[2 * row] = vec4<f32>(a.yzw, b.x);
        pixels[2 * row + 1] = vec4<f32>(b.yzw, c.x);
        let gx0 = 0.5 * (vec4<f32>(a.zw, b.xy) - a);
        let gx1 = 0.5 * (vec4<f32>(b.zw, c.xy) - b);
        let gy0 = 0.5 * (left_down - left_up);
        let gy1 = 0.5 * (right_down - right_up);
        across[2 * row] = gx0;
        across[2 * row + 1] = gx1;
        down[2 * row] = gy0;
        down[2 * row + 1] = gy1;
        sums += vec2<f32>(dot(gx0 + gx1, one), dot(gy0 + gy1, one));
        xx += dot(gx0, gx0) + dot(gx1, gx1);
        xy += dot(gx0, gy0) + dot(gx1, gy1);
        yy += dot(gy0, gy0) + dot(gy1, gy1);
    }
    // Gradients without their means, because the difference of the means does not count.
    xx += DAMPING - sums.x * sums.x / 64.0;
    yy += DAMPING - sums.y * sums.y / 64.0;
    xy -= sums.x * sums.y / 64.0;
    let inverse = vec3<f32>(yy, -xy, xx) / (xx * yy - xy * xy);

    let lowest = vec2<f32>(-margin);
    let highest = vec2<f32>(size + margin - PATCH - 5);
    var motion = began;
    var best = vec4<f32>(began, 0.0, 1e30);
    for (var step = 0; step <= i32(STEPS); step++) {
        let place = clamp(vec2<f32>(origin) + motion, lowest, highest);
        let base = floor(place);
        let f = place - base;
        let start = vec2<i32>(base) + margin;
        var upper0 = vec4<f32>(0.0);
        var upper1 = vec4<f32>(0.0);
        var difference = vec4<f32>(0.0);
        var squares = vec4<f32>(0.0);
        var pull_x = vec4<f32>(0.0);
        var pull_y = vec4<f32>(0.0);
        for (var row = 0; row < 9; row++) {
            let a = textureLoad(there, vec2<i32>(start.x, start.y + row), 0);
            let b = textureLoad(there, vec2<i32>(start.x + 4, start.y + row), 0);
            let c = textureLoad(there, vec2<i32>(start.x + 8, start.y + row), 0);
            let lower0 = mix(a, vec4<f32>(a.yzw, b.x), f.x);
            let lower1 = mix(b, vec4<f32>(b.yzw, c.x), f.x);
            if row > 0 {
                let index = 2 * row - 2;
                let d0 = mix(upper0, lower0, f.y) - pixels[index];
                let d1 = mix(upper1, lower1, f.y) - pixels[index + 1];
                difference += d0 + d1;
                squares += d0 * d0 + d1 * d1;
                pull_x += d0 * across[index] + d1 * across[index + 1];
                pull_y += d0 * down[index] + d1 * down[index + 1];
            }
            upper0 = lower0;
            upper1 = lower1;
        }
        let mean = dot(difference, one) / 64.0;
        let squared = dot(squares, one) / 64.0 - mean * mean;
        if squared >= best.w {
            break;
        }
        best = vec4<f32>(motion, mean, squared);
        let pull = vec2<f32>(dot(pull_x, one), dot(pull_y, one)) - sums * mean;
        motion -= vec2<f32>(dot(inverse.xy, pull), dot(inverse.yz, pull));
        if any(abs(motion - began) > vec2<f32>(f32(PATCH))) {
            break;
        }
    }
    return best;
}
