// Motion blur, second step: the longest motion in nine tiles, whose streaks can reach the one in the middle.
//
// input     tiles      longest motion in each tile, in pixels
// output    dominant   longest motion in it and its neighbours

fn pixel(at: vec2<u32>) -> vec4<f32> {
    let last = vec2<i32>(textureDimensions(tiles)) - 1;
    var longest = vec2<f32>(0.0);
    for (var y = -1; y <= 1; y++) {
        for (var x = -1; x <= 1; x++) {
            let place = clamp(vec2<i32>(at) + vec2<i32>(x, y), vec2<i32>(0), last);
            let motion = textureLoad(tiles, place, 0).xy;
            if dot(motion, motion) > dot(longest, longest) {
                longest = motion;
            }
        }
    }
    return vec4<f32>(longest, 0.0, 1.0);
}
