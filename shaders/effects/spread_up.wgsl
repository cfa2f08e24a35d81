// Refines a coarse picture by one level and adds the light of that level.
//
// inputs    coarser    light
//           added      light of this level, at its size; not read unless ADDS
// output    sum        light
// uniforms  sizes: pixels and cells of the whole picture; window: the first pixel and the number of pixels;
//           cells_window: the first cell and the number of cells; coarse_gain, added_gain: factors by colour
// constants ADDS, EXACT (each cell has two by two pixels)

fn cell(place: vec2<i32>) -> vec3<f32> {
    let at = clamp(place - uniforms.cells_window.xy, vec2<i32>(0), uniforms.cells_window.zw - 1);
    return textureLoad(coarser, at, 0).xyz;
}

fn refined(place: vec2<i32>) -> vec3<f32> {
    if EXACT {
        let near = place >> vec2<u32>(1u);
        let far = near + 2 * (place & vec2<i32>(1)) - 1;
        return 0.5625 * cell(near) + 0.1875 * (cell(vec2<i32>(far.x, near.y)) + cell(vec2<i32>(near.x, far.y)))
            + 0.0625 * cell(far);
    }
    let across = up_taps(place.x, uniforms.sizes.x, uniforms.sizes.z);
    let down = up_taps(place.y, uniforms.sizes.y, uniforms.sizes.w);
    var sum = vec3<f32>(0.0);
    for (var y = 0; y < 3; y++) {
        let start = vec2<i32>(across.first, down.first + y);
        sum += down.weights[y] * (across.weights.x * cell(start) + across.weights.y * cell(start + vec2<i32>(1, 0))
            + across.weights.z * cell(start + vec2<i32>(2, 0)));
    }
    return sum;
}

@compute @workgroup_size(64, 4, 1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let at = id.xy;
    if all(at < textureDimensions(made_sum)) {
        var sum = uniforms.coarse_gain.xyz * refined(vec2<i32>(at) + uniforms.window.xy);
        if ADDS {
            sum += uniforms.added_gain.xyz * textureLoad(added, at, 0).xyz;
        }
        store_sum(at, vec4<f32>(sum, 1.0));
    }
}
