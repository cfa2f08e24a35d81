// Film grain that is finer than the pixels: white noise in the density of the negative, in one pass.
//
// input     picture    scene-linear
// output    grained    scene-linear
// uniforms  see effects/grain_rows.wgsl and common/density_grain.wgsl

fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32> {
    let here = vec2<i32>(at) + uniforms.origin;
    let white = normal3(bitcast<vec3<u32>>(vec3<i32>(here, i32(uniforms.key))));
    let noise = white * uniforms.own + (white.x + white.y + white.z) * uniforms.mixed;
    return grained(color, noise, uniforms.amplitude, uniforms.shadows, uniforms.highlights);
}
