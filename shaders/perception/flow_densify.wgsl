// Optical flow: the motion of each pixel, the mean of the four patches over it, weighted by how well they fit it.
//
// inputs    patches    as perception/flow_search.wgsl makes them, at this level, or the next coarser one if HALF
//           here       a level of the frame, packed as in common/flow.wgsl with a margin of MARGIN pixels
//           there      the level of the other frame
// outputs   flow_x, flow_y  motion in pixels of the level, of four pixels of a row a texel
// uniforms  size       of the level in pixels
// constants MARGIN; HALF: whether the patches are at the next coarser level
//           LEAST      square of a difference in codes, below which patches count the same
//           HAT        pixels by which a patch reaches beyond itself: it counts less towards its border
// source    Kroeger et al. 2016, section 2.3

struct Motions { flow_x: vec4<f32>, flow_y: vec4<f32> };

fn pixel(at: vec2<u32>) -> Motions {
    let last = vec2<i32>(textureDimensions(patches)) - 1;
    let place = vec2<i32>(i32(at.x) * 4, i32(at.y));
    let values = four_pixels(textureLoad(here, vec2<i32>(i32(at.x) + i32(MARGIN) / 4, place.y + i32(MARGIN))).x);
    let lowest = vec2<f32>(-f32(MARGIN));
    let highest = vec2<f32>(uniforms.size + i32(MARGIN) - 6);
    var column = place.x / 4;
    var row = place.y / 4;
    var factor = 1.0;
    if HALF {
        column = place.x / 8;
        row = place.y / 8;
        factor = 2.0;
    }
    var across = (vec4<f32>(0.5, 1.5, 2.5, 3.5) + HAT) / (4.0 + 2.0 * HAT);
    var down = (f32(place.y & 3) + 0.5 + HAT) / (4.0 + 2.0 * HAT);
    if HALF {
        across = (vec4<f32>(0.5, 1.5, 2.5, 3.5) + f32(place.x & 4) + 2.0 * HAT) / (8.0 + 4.0 * HAT);
        down = (f32(place.y & 7) + 0.5 + 2.0 * HAT) / (8.0 + 4.0 * HAT);
    }
    var sum_x = vec4<f32>(0.0);
    var sum_y = vec4<f32>(0.0);
    var sum = vec4<f32>(0.0);
    for (var number = 0; number < 4; number++) {
        let patch_at = clamp(vec2<i32>(column - (number & 1), row - (number >> 1u)), vec2<i32>(0), last);
        let found = textureLoad(patches, patch_at, 0);
        let motion = factor * found.xy;
        let target_at = clamp(vec2<f32>(place) + motion, lowest, highest);
        let base = floor(target_at);
        let f = target_at - base;
        let start = vec2<i32>(base) + i32(MARGIN);
        let skip = u32(start.x & 3);
        let upper = skip_pixels(textureLoad(there, vec2<i32>(start.x >> 2u, start.y)), skip);
        let lower = skip_pixels(textureLoad(there, vec2<i32>(start.x >> 2u, start.y + 1)), skip);
        let u = four_pixels(upper.x);
        let v = four_pixels(lower.x);
        let five = u + f.y * (v - u);
        let a = f32(i32(upper.y & 255u));
        let fifth = a + f.y * (f32(i32(lower.y & 255u)) - a);
        let seen = five + f.x * (vec4<f32>(five.yzw, fifth) - five);
        let apart = seen - values - found.z;
        let near = select(across, 1.0 - across, (number & 1) != 0) * select(down, 1.0 - down, number > 1);
        let weight = near / (max(apart * apart, vec4<f32>(LEAST)) * (found.w + 2.0));
        sum_x += motion.x * weight;
        sum_y += motion.y * weight;
        sum += weight;
    }
    return Motions(sum_x / sum, sum_y / sum);
}
