// Applies an effect where a mask is 1.
//
// inputs    changed    the picture with the effect, scene-linear
//           original   the picture before it
//           mask       0–1 in the first channel
// output    masked     scene-linear
// uniforms  strength   0–1, factor of the mask
// constants INVERTED   whether the effect is applied where the mask is 0

fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32> {
    let inside = textureLoad(mask, at, 0).x;
    let share = uniforms.strength * select(inside, 1.0 - inside, INVERTED);
    return mix(textureLoad(original, at, 0), color, share);
}
