// Adds a weighted picture to a sum.
//
// inputs    picture    scene-linear
//           sum        of the pictures before
// output    added      scene-linear
// uniforms  weight
// constants FIRST      whether there is no sum yet

fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32> {
    if FIRST {
        return color * uniforms.weight;
    }
    return textureLoad(sum, at, 0) + color * uniforms.weight;
}
