// Light leak: soft patches of light that enter at the edges.
//
// input     picture    scene-linear
// output    leaked     scene-linear; alpha is kept
// uniforms  window: the first pixel; scale: from pixels to heights of the full picture; for each of three patches: its
//           place (centre, in heights), its shape (the matrix from an offset to sigmas, by rows) and its light by colour

fn patch_light(place: vec2<f32>, centre: vec4<f32>, shape: vec4<f32>) -> f32 {
    let offset = place - centre.xy;
    let sigmas = vec2<f32>(dot(shape.xy, offset), dot(shape.zw, offset));
    // (1 − r² / 16)⁸ is a Gaussian that ends: it costs less than an exponential, and is the same on every device.
    let rest = max(0.0, 1.0 - 0.0625 * dot(sigmas, sigmas));
    let squared = rest * rest;
    let fourth = squared * squared;
    return fourth * fourth;
}

fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32> {
    let place = (vec2<f32>(at + uniforms.window) + 0.5) * uniforms.scale;
    var light = uniforms.light[0].xyz * patch_light(place, uniforms.place[0], uniforms.shape[0]);
    light += uniforms.light[1].xyz * patch_light(place, uniforms.place[1], uniforms.shape[1]);
    light += uniforms.light[2].xyz * patch_light(place, uniforms.place[2], uniforms.shape[2]);
    return vec4<f32>(color.xyz + light, color.w);
}
