// A picture scaled along one axis, in linear light.
//
// input     picture    scene-linear
// output    scaled     the same, as long along the axis as `first` has entries
// tables    first      per output: the first sample it reads; weights: TAPS weights each, never negative
// constants TAPS, DOWN (whether the axis runs down the picture)

fn pixel(at: vec2<u32>) -> vec4<f32> {
    let along = select(at.x, at.y, DOWN);
    let step = select(vec2<u32>(1u, 0u), vec2<u32>(0u, 1u), DOWN);
    let start = select(vec2<u32>(first[along], at.y), vec2<u32>(at.x, first[along]), DOWN);
    var sum = vec4<f32>(0.0);
    for (var tap = 0u; tap < TAPS; tap++) {
        sum += weights[along * TAPS + tap] * textureLoad(picture, start + step * tap, 0);
    }
    return sum;
}
