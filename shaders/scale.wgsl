// Scales a picture along one axis, in linear light.
//
// input     picture    scene-linear
// output    scaled     scene-linear; its length along the axis is the length of `first`
// tables    first      the first source sample of each output; weights: TAPS weights each, never negative
// constants TAPS, DOWN (whether the axis is vertical)

fn tap(at: vec2<u32>, along: u32, number: u32) -> vec3<f32> {
    let place = select(vec2<u32>(first[along] + number, at.y), vec2<u32>(at.x, first[along] + number), DOWN);
    return weights[along * TAPS + number] * textureLoad(picture, place, 0).xyz;
}

fn pixel(at: vec2<u32>) -> vec4<f32> {
    let along = select(at.x, at.y, DOWN);
    // Common tap counts are unrolled, because a loop costs more than its body on a software GPU.
    var sum = tap(at, along, 0u);
    if TAPS > 1u { sum += tap(at, along, 1u); }
    if TAPS > 2u { sum += tap(at, along, 2u); }
    if TAPS > 3u { sum += tap(at, along, 3u); }
    for (var number = 4u; number < TAPS; number++) {
        sum += tap(at, along, number);
    }
    return vec4<f32>(sum, 1.0);
}
