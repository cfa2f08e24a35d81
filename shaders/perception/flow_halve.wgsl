// Optical flow: the next level of the pyramid, the means of two by two pixels.
//
// input     packed     a level, as perception/flow_pack.wgsl makes it
// output    halved     the level of half the width and height, rounded up, likewise
// constants MARGIN

fn pixel(at: vec2<u32>) -> vec4<f32> {
    // Beyond the border all pixels of a row are equal, so that the place is only limited to the texture.
    let last = vec2<i32>(textureDimensions(packed)) - 1;
    let place = 2 * (vec2<i32>(at) - i32(MARGIN)) + i32(MARGIN);
    let left = clamp(place.x, 0, last.x);
    let right = clamp(place.x + 4, 0, last.x);
    let top = clamp(place.y, 0, last.y);
    let bottom = clamp(place.y + 1, 0, last.y);
    let a = textureLoad(packed, vec2<i32>(left, top), 0) + textureLoad(packed, vec2<i32>(left, bottom), 0);
    let b = textureLoad(packed, vec2<i32>(right, top), 0) + textureLoad(packed, vec2<i32>(right, bottom), 0);
    return 0.25 * vec4<f32>(a.xz + a.yw, b.xz + b.yw);
}
