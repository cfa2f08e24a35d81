// Optical flow: the motion of each pixel, the mean of the patches over it, weighted by how well they fit it.
//
// inputs    patches    as perception/flow_search.wgsl makes them
//           here       a level of the frame, packed with a margin of MARGIN pixels
//           there      the level of the other frame
// output    flow       motion x and y in pixels
// constants MARGIN, STRIDE, LEAST
// source    Kroeger et al. 2016, section 2.3

const PATCH = 8;

fn pixel(at: vec2<u32>) -> vec4<f32> {
    let margin = vec2<i32>(i32(MARGIN));
    let size = vec2<i32>(textureDimensions(here)) - 2 * margin;
    let last = vec2<i32>(textureDimensions(patches)) - 1;
    let place = vec2<i32>(at);
    let value = textureLoad(here, place + margin, 0).x;
    let first = max((place - PATCH + i32(STRIDE)) / i32(STRIDE), vec2<i32>(0));
    let lowest = vec2<f32>(-margin);
    let highest = vec2<f32>(size + margin - 5);
    var sum = vec3<f32>(0.0);
    for (var row = 0; row < i32(PATCH / STRIDE); row++) {
        for (var column = 0; column < i32(PATCH / STRIDE); column++) {
            let patch_at = min(first + vec2<i32>(column, row), last);
            let found = textureLoad(patches, patch_at, 0);
            let target_at = clamp(vec2<f32>(place) + found.xy, lowest, highest);
            let base = floor(target_at);
            let f = target_at - base;
            let start = vec2<i32>(base) + margin;
            let a = textureLoad(there, start, 0);
            let b = textureLoad(there, start + vec2<i32>(0, 1), 0);
            let both = mix(a.xy, b.xy, f.y);
            let error = abs(mix(both.x, both.y, f.x) - value - found.z);
            let weight = 1.0 / max(error, LEAST);
            sum += vec3<f32>(found.xy * weight, weight);
        }
    }
    return vec4<f32>(sum.xy / sum.z, 0.0, 0.0);
}
