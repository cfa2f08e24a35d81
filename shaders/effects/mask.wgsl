// Applies an effect where a mask is 1.
//
// inputs    changed    the picture with the effect, scene-linear
//           original   the picture before it
//           mask       0–1 in the first channel
// output    masked     scene-linear

fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32> {
    return mix(textureLoad(original, at, 0), color, textureLoad(mask, at, 0).x);
}
