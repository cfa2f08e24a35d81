// The weighted sum of two pictures.
//
// inputs    first, second      light
// output    sum                light
// uniforms  first_gain, second_gain  factors by colour

fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32> {
    return uniforms.first_gain * color + uniforms.second_gain * textureLoad(second, at, 0);
}
