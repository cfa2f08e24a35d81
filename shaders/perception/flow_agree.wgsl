// Optical flow: an iteration that makes neighbouring patches agree where their pixels do not determine the motion.
//
// inputs    patches    as perception/flow_search.wgsl makes them
//           slopes     of the patches, likewise
//           before     the patches after the iteration before
// output    agreed     the patches with another motion
// constants SMOOTH, NOISE, EDGE
// source    Bruhn, Weickert, Schnörr, Lucas/Kanade Meets Horn/Schunck, IJCV 61 (2005): the slopes of a patch say in
//           which directions its motion is known. A Jacobi iteration of the sum of its error and of the differences
//           of neighbours

fn weighted(at: vec2<i32>, step: vec2<i32>, motion: vec2<f32>, brightness: f32) -> vec3<f32> {
    let last = vec2<i32>(textureDimensions(patches)) - 1;
    let place = clamp(at + step, vec2<i32>(0), last);
    let other = textureLoad(before, place, 0).xy;
    let contrast = abs(textureLoad(slopes, place, 0).w - brightness);
    let apart = other - motion;
    let weight = SMOOTH * exp(-contrast / EDGE) / sqrt(dot(apart, apart) + 0.01);
    return vec3<f32>(weight * other, weight);
}

fn pixel(at: vec2<u32>) -> vec4<f32> {
    let place = vec2<i32>(at);
    let found = textureLoad(patches, place, 0);
    let slope = textureLoad(slopes, place, 0);
    let motion = textureLoad(before, place, 0).xy;
    let sum = weighted(place, vec2<i32>(-1, 0), motion, slope.w) + weighted(place, vec2<i32>(1, 0), motion, slope.w)
        + weighted(place, vec2<i32>(0, -1), motion, slope.w) + weighted(place, vec2<i32>(0, 1), motion, slope.w);
    let known = 1.0 / (found.w + NOISE);
    let xx = known * slope.x + sum.z;
    let yy = known * slope.z + sum.z;
    let xy = known * slope.y;
    let right = known * vec2<f32>(dot(slope.xy, found.xy), dot(slope.yz, found.xy)) + sum.xy;
    let scale = 1.0 / max(xx * yy - xy * xy, 1e-6);
    return vec4<f32>(scale * (yy * right.x - xy * right.y), scale * (xx * right.y - xy * right.x), found.zw);
}
