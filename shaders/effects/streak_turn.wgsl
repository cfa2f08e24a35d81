// Shows a picture turned about its centre, by cubic B-splines.
//
// input     cells      light
// output    turned     light; 0 outside the input
// uniforms  turn: the matrix from an output cell to an input cell, by rows; shift: the input cell of output cell 0;
//           made_first: the first output cell of the window; window: its first input cell and number of input cells;
//           whole: the number of input cells of the picture
//
// Source: as common/filters.wgsl.

// Inside the window, a footprint is read without tests of each cell.
fn near(place: vec2<i32>) -> vec3<f32> {
    return textureLoad(cells, place - uniforms.window.xy, 0).xyz;
}

fn guarded(place: vec2<i32>) -> vec3<f32> {
    if any(place < vec2<i32>(0)) || any(place >= uniforms.whole) {
        return vec3<f32>(0.0);
    }
    return textureLoad(cells, clamp(place - uniforms.window.xy, vec2<i32>(0), uniforms.window.zw - 1), 0).xyz;
}

fn row(place: vec2<i32>, weights: vec4<f32>) -> vec3<f32> {
    return weights.x * near(place) + weights.y * near(place + vec2<i32>(1, 0))
        + weights.z * near(place + vec2<i32>(2, 0)) + weights.w * near(place + vec2<i32>(3, 0));
}

fn guarded_row(place: vec2<i32>, weights: vec4<f32>) -> vec3<f32> {
    return weights.x * guarded(place) + weights.y * guarded(place + vec2<i32>(1, 0))
        + weights.z * guarded(place + vec2<i32>(2, 0)) + weights.w * guarded(place + vec2<i32>(3, 0));
}

// The weights of the cells -1, 0, 1 and 2 at an offset of 0 to 1 from cell 0.
fn spline(offset: f32) -> vec4<f32> {
    let rest = 1.0 - offset;
    let near = 4.0 - 6.0 * offset * offset + 3.0 * offset * offset * offset;
    let far = 4.0 - 6.0 * rest * rest + 3.0 * rest * rest * rest;
    return vec4<f32>(rest * rest * rest, near, far, offset * offset * offset) / 6.0;
}

@compute @workgroup_size(32, 8, 1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let at = id.xy;
    if all(at < textureDimensions(made_turned)) {
        let place = vec2<f32>(vec2<i32>(at) + uniforms.made_first);
        let source = vec2<f32>(dot(uniforms.turn.xy, place), dot(uniforms.turn.zw, place)) + uniforms.shift;
        let cell = floor(source);
        let across = spline(source.x - cell.x);
        let down = spline(source.y - cell.y);
        let first = vec2<i32>(cell) - 1;
        let end = uniforms.window.xy + uniforms.window.zw;
        var sum = vec3<f32>(0.0);
        if all(first >= uniforms.window.xy) && all(first + 4 <= end) {
            sum = down.x * row(first, across) + down.y * row(first + vec2<i32>(0, 1), across)
                + down.z * row(first + vec2<i32>(0, 2), across) + down.w * row(first + vec2<i32>(0, 3), across);
        } else if all(first + 4 > vec2<i32>(0)) && all(first < uniforms.whole) {
            let near_rows = down.x * guarded_row(first, across) + down.y * guarded_row(first + vec2<i32>(0, 1), across);
            sum = near_rows + down.z * guarded_row(first + vec2<i32>(0, 2), across)
                + down.w * guarded_row(first + vec2<i32>(0, 3), across);
        }
        store_turned(at, vec4<f32>(sum, 1.0));
    }
}
