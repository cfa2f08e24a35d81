// Optical flow: the next level of the pyramid, the rounded means of two by two pixels.
//
// input     level      rows of pixels, packed as in common/flow.wgsl, with a margin that repeats the border
// output    halved     half as many pixels, rounded up, likewise
// constants MARGIN     in pixels, a multiple of 16

// The means of 16 pixels of two rows, in two words of a texel.
fn means(upper: vec4<u32>, lower: vec4<u32>) -> vec2<u32> {
    let even = vec4<u32>(0x00ff00ffu);
    let one = vec4<u32>(8u);
    let sums = (upper & even) + ((upper >> one) & even) + (lower & even) + ((lower >> one) & even);
    let rounded = ((sums + vec4<u32>(0x00020002u)) >> vec4<u32>(2u)) & even;
    let bytes = (rounded | (rounded >> one)) & vec4<u32>(0xffffu);
    return bytes.xz | (bytes.yw << vec2<u32>(16u));
}

fn pixel(at: vec2<u32>) -> vec4<u32> {
    // In the margin all pixels of a row are equal, so that the place is only limited to the texture.
    let last = vec2<i32>(textureDimensions(level)) - 1;
    let place = vec2<i32>(at) * 2 - vec2<i32>(i32(MARGIN) / 4, i32(MARGIN));
    let left = clamp(place.x, 0, last.x);
    let right = clamp(place.x + 4, 0, last.x);
    let top = clamp(place.y, 0, last.y);
    let bottom = clamp(place.y + 1, 0, last.y);
    return vec4<u32>(
        means(textureLoad(level, vec2<i32>(left, top)), textureLoad(level, vec2<i32>(left, bottom))),
        means(textureLoad(level, vec2<i32>(right, top)), textureLoad(level, vec2<i32>(right, bottom))),
    );
}
