// Exposure in linear light.
//
// input     picture    scene-linear
// output    exposed    scene-linear
// uniforms  gain       factor of the light

fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32> {
    return vec4<f32>(color.xyz * uniforms.gain, color.w);
}
