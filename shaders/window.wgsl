// Scales a window of a picture along one axis, in linear light; the window may begin between samples.
//
// input     picture    scene-linear
// output    scaled     scene-linear
// uniforms  start      of the window in samples; ratio: samples per output; length: of the picture along the axis
// constants TAPS       the most samples of an output; DOWN: whether the axis is vertical
// source    weights as engine.picture.scaling.scale_axis: the Hermite cubic, widened, or linear for enlargement

fn weight(distance: f32, ratio: f32) -> f32 {
    let near = min(abs(distance), 1.0);
    return select(1.0 - near, (2.0 * near - 3.0) * near * near + 1.0, ratio > 1.0);
}

fn pixel(at: vec2<u32>) -> vec4<f32> {
    let along = select(at.x, at.y, DOWN);
    let ratio = uniforms.ratio;
    let reach = max(ratio, 1.0);
    let last = f32(uniforms.length - 1u);
    // At an edge with linear weights, the centre may be outside all samples: the nearest one is used.
    let centre = clamp(uniforms.start + (f32(along) + 0.5) * ratio - 0.5, 0.0, last);
    let first = clamp(ceil(centre - reach), 0.0, last + 1.0 - f32(TAPS));
    var sum = vec3<f32>(0.0);
    var total = 0.0;
    for (var number = 0u; number < TAPS; number++) {
        let sample = u32(first) + number;
        let share = weight((f32(sample) - centre) / reach, ratio);
        let place = select(vec2<u32>(sample, at.y), vec2<u32>(at.x, sample), DOWN);
        sum += share * textureLoad(picture, place, 0).xyz;
        total += share;
    }
    return vec4<f32>(sum / total, 1.0);
}
