// Motion blur, first step: the longest motion in each tile of the picture.
//
// inputs    flow       x and y to the next frame, as shares of the height
//           validity   of the flow, 0–1
// output    longest    x, y in pixels of the exposure, by tiles
// uniforms  origin     of the window in the full picture, in pixels; first: its first tile
//           factor     pixels per share, times the exposure's share of a frame
//           limit      longest motion in pixels
// constants TILE       in pixels; VALIDITY: whether there is a validity

fn motion_at(place: vec2<i32>) -> vec2<f32> {
    var valid = 1.0;
    if VALIDITY {
        valid = textureLoad(validity, place, 0).x;
    }
    return motion_of(textureLoad(flow, place, 0).xy, valid, uniforms.factor, uniforms.limit);
}

fn pixel(at: vec2<u32>) -> vec4<f32> {
    let size = vec2<i32>(textureDimensions(flow));
    let tile = vec2<i32>(at) + uniforms.first;
    let start = max(tile * i32(TILE) - uniforms.origin, vec2<i32>(0));
    let end = min((tile + 1) * i32(TILE) - uniforms.origin, size);
    var longest = vec2<f32>(0.0);
    for (var y = start.y; y < end.y; y++) {
        for (var x = start.x; x < end.x; x++) {
            let motion = motion_at(vec2<i32>(x, y));
            if dot(motion, motion) > dot(longest, longest) {
                longest = motion;
            }
        }
    }
    return vec4<f32>(longest, 0.0, 1.0);
}
