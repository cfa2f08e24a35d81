// Optical flow: the motion of each pixel, the mean of the four patches over it, weighted by how well they fit it.
//
// inputs    patches    as perception/flow_search.wgsl makes them, at this level, or the next coarser one if HALF
//           here       a level of the frame, packed as in common/flow.wgsl with a margin of MARGIN pixels
//           there      the level of the other frame
// outputs   flow_x, flow_y  motion in pixels of the level, of four pixels of a row a texel
// uniforms  size       of the level in pixels
// constants MARGIN; HALF: whether the patches are at the next coarser level
//           LEAST      square of a difference in codes, below which patches count the same
//           NOISE      squared error of a patch that fits
//           HAT        pixels by which a patch reaches beyond itself: it counts less towards its border
// source    Kroeger et al. 2016, section 2.3

struct Motions { flow_x: vec4<f32>, flow_y: vec4<f32> };

// Sums over patches: of weighted motions, and of weights.
struct Sums { x: vec4<f32>, y: vec4<f32>, weight: vec4<f32> };

// The sums with a patch that counts `near`, at four pixels from `place` on that have these `values`.
fn add_patch(sums: Sums, patch_at: vec2<i32>, place: vec2<i32>, values: vec4<f32>, near: vec4<f32>) -> Sums {
    let last = vec2<i32>(textureDimensions(patches)) - 1;
    let found = textureLoad(patches, clamp(patch_at, vec2<i32>(0), last), 0);
    var motion = found.xy;
    if HALF {
        motion *= 2.0;
    }
    let lowest = vec2<f32>(-f32(MARGIN));
    let highest = vec2<f32>(uniforms.size + i32(MARGIN) - 6);
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
    let weight = near / (max(apart * apart, vec4<f32>(LEAST)) * (found.w + NOISE));
    return Sums(sums.x + motion.x * weight, sums.y + motion.y * weight, sums.weight + weight);
}

fn pixel(at: vec2<u32>) -> Motions {
    let place = vec2<i32>(i32(at.x) * 4, i32(at.y));
    let values = four_pixels(textureLoad(here, vec2<i32>(i32(at.x) + i32(MARGIN) / 4, place.y + i32(MARGIN))).x);
    var patch_at = vec2<i32>(i32(at.x), place.y / 4);
    var across = (vec4<f32>(0.5, 1.5, 2.5, 3.5) + HAT) / (4.0 + 2.0 * HAT);
    var down = (f32(place.y & 3) + 0.5 + HAT) / (4.0 + 2.0 * HAT);
    if HALF {
        patch_at = vec2<i32>(place.x / 8, place.y / 8);
        across = (vec4<f32>(0.5, 1.5, 2.5, 3.5) + f32(place.x & 4) + 2.0 * HAT) / (8.0 + 4.0 * HAT);
        down = (f32(place.y & 7) + 0.5 + 2.0 * HAT) / (8.0 + 4.0 * HAT);
    }
    let zero = vec4<f32>(0.0);
    var sums = add_patch(Sums(zero, zero, zero), patch_at, place, values, across * down);
    sums = add_patch(sums, patch_at - vec2<i32>(1, 0), place, values, (1.0 - across) * down);
    sums = add_patch(sums, patch_at - vec2<i32>(0, 1), place, values, across * (1.0 - down));
    sums = add_patch(sums, patch_at - vec2<i32>(1, 1), place, values, (1.0 - across) * (1.0 - down));
    return Motions(sums.x / sums.weight, sums.y / sums.weight);
}
