// Refines a coarse picture by one level and adds the light of that level.
//
// inputs    coarser    light
//           added      light of this level, at its size; not read unless ADDS
// output    sum        light
// uniforms  sizes: pixels and cells of the whole picture; window: the first pixel and the number of pixels;
//           cells_window: the first cell and the number of cells; coarse_gain, added_gain: factors by colour
// constants ADDS, SMOOTH, EXACT (each cell has two by two pixels)

fn cell(place: vec2<i32>) -> vec3<f32> {
    let seen = folded(place, uniforms.sizes.zw) - uniforms.cells_window.xy;
    return textureLoad(coarser, clamp(seen, vec2<i32>(0), uniforms.cells_window.zw - 1), 0).xyz;
}

fn exact_row(near: i32, far: i32, y: i32) -> vec3<f32> {
    if SMOOTH {
        let beyond = cell(vec2<i32>(2 * near - far, y));
        return 0.0625 * beyond + 0.625 * cell(vec2<i32>(near, y)) + 0.3125 * cell(vec2<i32>(far, y));
    }
    return 0.75 * cell(vec2<i32>(near, y)) + 0.25 * cell(vec2<i32>(far, y));
}

fn exact(place: vec2<i32>) -> vec3<f32> {
    let near = place >> vec2<u32>(1u);
    let far = near + 2 * (place & vec2<i32>(1)) - 1;
    let middle = exact_row(near.x, far.x, near.y);
    if SMOOTH {
        let beyond = exact_row(near.x, far.x, 2 * near.y - far.y);
        return 0.0625 * beyond + 0.625 * middle + 0.3125 * exact_row(near.x, far.x, far.y);
    }
    return 0.75 * middle + 0.25 * exact_row(near.x, far.x, far.y);
}

fn refined(place: vec2<i32>) -> vec3<f32> {
    let across = refine(place.x, uniforms.sizes.x, uniforms.sizes.z, SMOOTH);
    let down = refine(place.y, uniforms.sizes.y, uniforms.sizes.w, SMOOTH);
    var sum = vec3<f32>(0.0);
    for (var y = 0; y < 5; y++) {
        var line = vec3<f32>(0.0);
        for (var x = 0; x < 5; x++) {
            line += across.weights[x] * cell(vec2<i32>(across.first + x, down.first + y));
        }
        sum += down.weights[y] * line;
    }
    return sum;
}

@compute @workgroup_size(64, 4, 1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let at = id.xy;
    if all(at < textureDimensions(made_sum)) {
        let place = vec2<i32>(at) + uniforms.window.xy;
        var sum = vec3<f32>(0.0);
        if EXACT {
            sum = uniforms.coarse_gain.xyz * exact(place);
        } else {
            sum = uniforms.coarse_gain.xyz * refined(place);
        }
        if ADDS {
            sum += uniforms.added_gain.xyz * textureLoad(added, at, 0).xyz;
        }
        store_sum(at, vec4<f32>(sum, 1.0));
    }
}
