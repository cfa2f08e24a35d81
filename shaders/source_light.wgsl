// The linear light of an encoding in its own primaries, after a look.
//
// input     picture       scene-linear ACEScg
// output    source_light  linear light, as the encoding's curve gives it
// uniforms  from_acescg   ACEScg to the encoding's linear light, 3×3

fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32> {
    let m = uniforms.from_acescg;
    return vec4<f32>(dot(m[0].xyz, color.xyz), dot(m[1].xyz, color.xyz), dot(m[2].xyz, color.xyz), color.w);
}
