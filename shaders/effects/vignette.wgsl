// Vignette: light falls off with the angle to the optical axis.
//
// input     picture    scene-linear
// output    vignetted  scene-linear
// uniforms  middle: the optical axis in pixels of the window; scale: from pixels to a distance; falloff: the exponent of
//           the distance; corner: the squared tangent of the angle at distance 1; amount: the share that is applied
// constants LENS (whether the exponent is 2)
//
// Source: cos⁴ law of illumination (Smith, Modern Optical Engineering, 4th edition, 2008).

fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32> {
    let place = (vec2<f32>(at) - uniforms.middle) * uniforms.scale;
    var squared = dot(place, place);
    if !LENS {
        squared = pow(max(squared, 1e-12), 0.5 * uniforms.falloff);
    }
    let cosine = 1.0 / (1.0 + uniforms.corner * squared);
    return vec4<f32>(color.xyz * mix(1.0, cosine * cosine, uniforms.amount), color.w);
}
