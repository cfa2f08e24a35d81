// Moves, scales, rotates and crops a picture.
//
// input     picture    scene-linear
// output    placed     scene-linear; transparent black outside the picture
// uniforms  origin     of the window in the full picture
//           across, down   rows of the matrix from a place in the result (and 1) to a place in the source, in pixels
//           crop       left, top, right and bottom edge of the part that is shown, in pixels of the source
//           scale
// source    the filter of engine.picture.scaling for smaller pictures: 2|t|³ − 3t² + 1, widened by the ratio

// The filter's axes are those of the result, so that a pixel of the source has the same weight in any rotation.
fn minified(place: vec2<f32>) -> vec4<f32> {
    let square = uniforms.scale * uniforms.scale;
    let right = vec2<f32>(uniforms.across.x, uniforms.down.x) * square;
    let down = vec2<f32>(uniforms.across.y, uniforms.down.y) * square;
    let reach = abs(uniforms.across.x) + abs(uniforms.across.y);
    let first = vec2<i32>(ceil(place - 0.5 - reach));
    let last = vec2<i32>(floor(place - 0.5 + reach));
    var sum = vec4<f32>(0.0);
    var weights = 0.0;
    for (var y = first.y; y <= last.y; y++) {
        for (var x = first.x; x <= last.x; x++) {
            let away = vec2<f32>(f32(x), f32(y)) + 0.5 - place;
            let t = min(abs(vec2<f32>(dot(away, right), dot(away, down))), vec2<f32>(1.0));
            let both = (2.0 * t - 3.0) * t * t + 1.0;
            let weight = both.x * both.y;
            sum += weight * bordered(picture, vec2<i32>(x, y) - uniforms.origin);
            weights += weight;
        }
    }
    return sum / max(weights, 1e-9);
}

fn pixel(at: vec2<u32>) -> vec4<f32> {
    let here = vec3<f32>(vec2<f32>(vec2<i32>(at) + uniforms.origin) + 0.5, 1.0);
    let place = vec2<f32>(dot(uniforms.across.xyz, here), dot(uniforms.down.xyz, here));
    let covered = coverage(place, uniforms.crop.xy, uniforms.crop.zw, uniforms.scale);
    if covered == 0.0 {
        return vec4<f32>(0.0);
    }
    // Between 0.75 and 1 the sharper filter fades out, so that a zoom has no step.
    let small = clamp(4.0 - 4.0 * uniforms.scale, 0.0, 1.0);
    var color = vec4<f32>(0.0);
    if small < 1.0 {
        color += (1.0 - small) * cubic(picture, uniforms.origin, place);
    }
    if small > 0.0 {
        color += small * minified(place);
    }
    return color * covered;
}
