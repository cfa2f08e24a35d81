// Adds weighted pictures to a sum.
//
// inputs    picture, second, third, fourth   scene-linear
//           sum        of the pictures before
// output    added      scene-linear
// uniforms  weights
// constants COUNT      of pictures, 1–4; FIRST: whether there is no sum yet

fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32> {
    var added = color * uniforms.weights.x;
    if COUNT > 1u { added += textureLoad(second, at, 0) * uniforms.weights.y; }
    if COUNT > 2u { added += textureLoad(third, at, 0) * uniforms.weights.z; }
    if COUNT > 3u { added += textureLoad(fourth, at, 0) * uniforms.weights.w; }
    if !FIRST { added += textureLoad(sum, at, 0); }
    return added;
}
