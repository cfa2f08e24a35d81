// Film grain that is finer than the pixels, in one pass: noise of a pixel and, with NEIGHBOURS, of those around it, in the
// density of the negative. Nine hashes cost less than a pass between them.
//
// input     picture    scene-linear
// output    grained    scene-linear
// uniforms  see effects/grain_rows.wgsl and common/density_grain.wgsl
// constants NEIGHBOURS whether the filter's radius is 1 instead of 0

fn layers(at: vec2<i32>) -> vec3<f32> {
    let noise = normal3(bitcast<vec3<u32>>(vec3<i32>(at, i32(uniforms.key))));
    return noise * uniforms.own + (noise.x + noise.y + noise.z) * uniforms.mixed;
}

fn row(at: vec2<i32>, beside: vec3<f32>) -> vec3<f32> {
    return layers(at) + beside * (layers(at - vec2<i32>(1, 0)) + layers(at + vec2<i32>(1, 0)));
}

fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32> {
    let here = vec2<i32>(at) + uniforms.origin;
    var noise: vec3<f32>;
    if NEIGHBOURS {
        let beside = uniforms.ratio.xyz;
        noise = row(here, beside) + beside * (row(here - vec2<i32>(0, 1), beside) + row(here + vec2<i32>(0, 1), beside));
        noise *= uniforms.centre.xyz * uniforms.centre.xyz;
    } else {
        noise = layers(here);
    }
    return grained(color, noise, uniforms.amplitude, uniforms.shadows, uniforms.highlights);
}
