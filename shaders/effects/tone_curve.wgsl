// A tone curve per channel, in stops from a pivot.
//
// The curve starts at black with a finite slope, which also applies below black. Black and the pivot stay in place.
//
// input     picture    scene-linear
// output    toned      scene-linear
// uniforms  pivot      light that stays in place
//           contrast   slope at the pivot, in stops per stop
//           toe, shoulder   inverse of the stops to which the curve is limited below and above the pivot
//           floor      light that is added before the logarithm
//           black      2^y of black; scale: 1/(1 − black); slope: of the curve at black

fn curved(stops: vec3<f32>) -> vec3<f32> {
    let y = stops * uniforms.contrast;
    return y / (1.0 + select(-y * uniforms.toe, y * uniforms.shoulder, y > vec3<f32>(0.0)));
}

fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32> {
    let alpha = max(color.w, 1e-6);
    let light = color.xyz / alpha;
    let above = max(light, vec3<f32>(0.0)) + uniforms.floor;
    let stops = logarithm2(above * (1.0 / (uniforms.pivot + uniforms.floor)));
    let bright = (power2(curved(stops)) - uniforms.black) * (uniforms.scale * uniforms.pivot);
    let toned = select(bright, light * uniforms.slope, light <= vec3<f32>(0.0));
    return vec4<f32>(toned * alpha, color.w);
}
