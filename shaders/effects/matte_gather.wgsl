// Collects cells around each cell, by a disc or a Gaussian. Cells without weight give nothing.
//
// input     cells      light × weight, and the weight
// output    gathered   the same, as means
// uniforms  width      radius of the disc, or sigma of the Gaussian, in cells
// constants REACH      in cells; DISC: a disc, otherwise a Gaussian

fn pixel(at: vec2<u32>) -> vec4<f32> {
    let here = vec2<i32>(at);
    let last = vec2<i32>(textureDimensions(cells)) - 1;
    let narrow = 0.5 / (uniforms.width * uniforms.width);
    var sum = vec4<f32>(0.0);
    var all = 0.0;
    for (var y = -i32(REACH); y <= i32(REACH); y++) {
        for (var x = -i32(REACH); x <= i32(REACH); x++) {
            let away = vec2<f32>(f32(x), f32(y));
            var weight = clamp(uniforms.width - length(away) + 0.5, 0.0, 1.0);
            if !DISC {
                weight = exp(-narrow * dot(away, away));
            }
            sum += weight * textureLoad(cells, clamp(here + vec2<i32>(x, y), vec2<i32>(0), last), 0);
            all += weight;
        }
    }
    return sum / max(all, 1e-9);
}
