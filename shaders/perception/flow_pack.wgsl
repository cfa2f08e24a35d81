// Optical flow: the luma of a frame as rows of four neighbours, so that one read returns four pixels at any place.
//
// input     luma       0 to 255, in the first channel
// output    packed     the pixels x to x + 3 of a row; MARGIN pixels on each side repeat the border
// constants MARGIN

fn pixel(at: vec2<u32>) -> vec4<f32> {
    let last = vec2<i32>(textureDimensions(luma)) - 1;
    let x = i32(at.x) - i32(MARGIN);
    let y = clamp(i32(at.y) - i32(MARGIN), 0, last.y);
    return vec4<f32>(
        textureLoad(luma, vec2<i32>(clamp(x, 0, last.x), y), 0).x,
        textureLoad(luma, vec2<i32>(clamp(x + 1, 0, last.x), y), 0).x,
        textureLoad(luma, vec2<i32>(clamp(x + 2, 0, last.x), y), 0).x,
        textureLoad(luma, vec2<i32>(clamp(x + 3, 0, last.x), y), 0).x,
    );
}
