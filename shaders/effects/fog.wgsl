// Fog: light is absorbed with the distance, and light of the fog is added for it.
//
// inputs    picture    scene-linear
//           depth      metres, or a relative inverse depth, in the first channel
// output    fogged     scene-linear
// uniforms  color      light of the fog
//           density    absorption per metre
//           start      distance in metres at which the fog begins
//           limit      largest share of the fog, 0–1
//           near, far  distances of relative depths 1 and 0
// constants RELATIVE   whether the depth is relative
// source    H. Koschmieder, "Theorie der horizontalen Sichtweite", 1924

fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32> {
    let metres = distance_of(textureLoad(depth, at, 0).x, RELATIVE, uniforms.near, uniforms.far);
    let absorbed = 1.0 - exp(-uniforms.density * max(metres - uniforms.start, 0.0));
    let share = min(absorbed, uniforms.limit);
    return vec4<f32>(mix(color.xyz, uniforms.color.xyz * color.w, share), color.w);
}
