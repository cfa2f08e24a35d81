// Sums the light of squares of 64 × 64 pixels in a fixed order.
//
// input     picture    scene-linear
// output    energy     eight words for each square: the sums of red, green and blue as floats, the number of pixels
//                      with a channel that is not finite, and four zeros

var<workgroup> sums: array<vec4<f32>, 256>;

// WGSL has no test for numbers that are not finite, and compilers may assume that there are none.
fn is_finite(color: vec4<f32>) -> bool {
    return all((bitcast<vec4<u32>>(color) & vec4<u32>(0x7f800000u)) != vec4<u32>(0x7f800000u));
}

@compute @workgroup_size(16, 16, 1)
fn main(
    @builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>,
    @builtin(local_invocation_index) lane: u32, @builtin(num_workgroups) squares: vec3<u32>,
) {
    let size = textureDimensions(picture);
    var sum = vec4<f32>(0.0);
    for (var row = 0u; row < 4u; row++) {
        for (var column = 0u; column < 4u; column++) {
            let at = group.xy * 64u + vec2<u32>(column, row) * 16u + local.xy;
            let color = textureLoad(picture, min(at, size - 1u), 0);
            let added = select(vec4<f32>(0.0, 0.0, 0.0, 1.0), vec4<f32>(color.xyz, 0.0), is_finite(color));
            sum += select(vec4<f32>(0.0), added, all(at < size));
        }
    }
    sums[lane] = sum;
    for (var half = 128u; half > 0u; half >>= 1u) {
        workgroupBarrier();
        if lane < half {
            sums[lane] += sums[lane + half];
        }
    }
    if lane == 0u {
        let first = (group.y * squares.x + group.x) * 8u;
        energy[first] = bitcast<u32>(sums[0].x);
        energy[first + 1u] = bitcast<u32>(sums[0].y);
        energy[first + 2u] = bitcast<u32>(sums[0].z);
        energy[first + 3u] = u32(sums[0].w);
    }
}
