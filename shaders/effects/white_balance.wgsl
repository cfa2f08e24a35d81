// White balance: a chromatic adaptation in linear light.
//
// input     picture    scene-linear
// output    balanced   scene-linear
// uniforms  adapted    matrix of ACEScg

fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32> {
    let m = uniforms.adapted;
    return vec4<f32>(dot(m[0].xyz, color.xyz), dot(m[1].xyz, color.xyz), dot(m[2].xyz, color.xyz), color.w);
}
