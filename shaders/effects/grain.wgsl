// Film grain, second half: filters the noise along the columns and adds it to the density of the negative.
//
// inputs    picture    scene-linear
//           rows       noise of each layer from effects/grain_rows.wgsl
// output    grained    scene-linear
// uniforms  see effects/grain_rows.wgsl and common/density_grain.wgsl
// constants RADIUS     of the filter

fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32> {
    let row = at.y + RADIUS;
    var weight = uniforms.centre.xyz;
    var ratio = uniforms.ratio.xyz;
    var noise = weight * textureLoad(rows, vec2<u32>(at.x, row), 0).xyz;
    for (var step = 1u; step <= RADIUS; step++) {
        weight *= ratio;
        ratio *= uniforms.bend.xyz;
        let above = textureLoad(rows, vec2<u32>(at.x, row - step), 0).xyz;
        noise += weight * (above + textureLoad(rows, vec2<u32>(at.x, row + step), 0).xyz);
    }
    return grained(color, noise, uniforms.amplitude, uniforms.shadows, uniforms.highlights);
}
