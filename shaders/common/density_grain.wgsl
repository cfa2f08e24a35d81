// Adds noise to the density of a negative, given as light. Calls common/exponents.wgsl.
//
// A multiplication of light is an addition of density. The light of the toe gives black its grain. The last term of the
// exponent keeps the mean: a normal variable n of variance v has E[exp(n − v/2)] = 1.

// `noise` has variance 1. `amplitude` is the standard deviation of the natural logarithm of light per layer, with the
// toe's light as w; `shadows` and `highlights` are factors of it in black and in white. It is 1 at middle grey.
fn grained(
    color: vec4<f32>, noise: vec3<f32>, amplitude: vec4<f32>, shadows: f32, highlights: f32
) -> vec4<f32> {
    let light = max(color.xyz, vec3<f32>(0.0));
    // −1 in black, 0 at middle grey, 1 in white: a curve of the logarithm of light, without one.
    let tone = 2.0 * light / (light + max(0.18 * color.w, 1e-6)) - 1.0;
    let curve = select(vec3<f32>(shadows), vec3<f32>(highlights), tone > vec3<f32>(0.0)) - 1.0;
    let deviation = amplitude.xyz * (1.0 + tone * tone * curve);
    let gain = power2(deviation * (noise - 0.5 * deviation) * 1.442695);
    return vec4<f32>(color.xyz + (light + amplitude.w * color.w) * (gain - 1.0), color.w);
}
