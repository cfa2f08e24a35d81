// Sharpening, first half: a Gaussian along the rows.
//
// input     picture    scene-linear
// output    rows       scene-linear
// uniforms  centre, ratio, bend   weight at the centre, the ratio of the next weight to it, and the ratio between
//                      neighbouring ratios
// constants RADIUS     of the filter

fn pixel(at: vec2<u32>) -> vec4<f32> {
    let last = i32(textureDimensions(picture).x) - 1;
    let here = vec2<i32>(at);
    var weight = uniforms.centre;
    var ratio = uniforms.ratio;
    var sum = weight * textureLoad(picture, here, 0);
    for (var step = 1; step <= i32(RADIUS); step++) {
        weight *= ratio;
        ratio *= uniforms.bend;
        sum += weight * (textureLoad(picture, vec2<i32>(max(here.x - step, 0), here.y), 0)
            + textureLoad(picture, vec2<i32>(min(here.x + step, last), here.y), 0));
    }
    return sum;
}
