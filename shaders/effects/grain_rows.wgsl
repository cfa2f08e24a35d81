// Film grain, first half: normal noise in three layers, filtered along the rows.
//
// output    rows       noise of each layer, RADIUS lines taller than the window at both ends
// uniforms  centre, ratio, bend   the filter of each layer: its weight at the centre, the ratio of the next weight to it,
//                      and the ratio between neighbouring ratios (a Gaussian)
//           origin     of the window in the full picture
//           key        hash of the frame number and the seed
//           own, mixed    share of a layer's own noise, and of the sum of all layers
// constants RADIUS     of the filter

fn layers(at: vec2<i32>) -> vec3<f32> {
    let noise = normal3(bitcast<vec3<u32>>(vec3<i32>(at, i32(uniforms.key))));
    return noise * uniforms.own + (noise.x + noise.y + noise.z) * uniforms.mixed;
}

fn pixel(at: vec2<u32>) -> vec4<f32> {
    let here = vec2<i32>(at) + uniforms.origin - vec2<i32>(0, i32(RADIUS));
    var weight = uniforms.centre.xyz;
    var ratio = uniforms.ratio.xyz;
    var sum = weight * layers(here);
    for (var step = 1; step <= i32(RADIUS); step++) {
        weight *= ratio;
        ratio *= uniforms.bend.xyz;
        sum += weight * (layers(here - vec2<i32>(step, 0)) + layers(here + vec2<i32>(step, 0)));
    }
    return vec4<f32>(sum, 0.0);
}
