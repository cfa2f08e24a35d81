// Shows a picture turned about its centre, by quadratic B-splines.
//
// input     cells      light
// output    turned     light; 0 outside the input
// uniforms  turn: the matrix from an output cell to an input cell, by rows; shift: the input cell of output cell 0;
//           window: the first input cell and the number of input cells of the window; whole: the number of input cells
//           of the picture
//
// Source: as common/filters.wgsl.

fn read(place: vec2<i32>) -> vec3<f32> {
    if any(place < vec2<i32>(0)) || any(place >= uniforms.whole) {
        return vec3<f32>(0.0);
    }
    let at = clamp(place - uniforms.window.xy, vec2<i32>(0), uniforms.window.zw - 1);
    return textureLoad(cells, at, 0).xyz;
}

fn row(place: vec2<i32>, weights: vec3<f32>) -> vec3<f32> {
    return weights.x * read(place - vec2<i32>(1, 0)) + weights.y * read(place) + weights.z * read(place + vec2<i32>(1, 0));
}

fn spline(offset: f32) -> vec3<f32> {
    return vec3<f32>(0.5 * (0.5 - offset) * (0.5 - offset), 0.75 - offset * offset, 0.5 * (0.5 + offset) * (0.5 + offset));
}

@compute @workgroup_size(64, 4, 1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let at = id.xy;
    if all(at < textureDimensions(made_turned)) {
        let place = vec2<f32>(at);
        let source = vec2<f32>(dot(uniforms.turn.xy, place), dot(uniforms.turn.zw, place)) + uniforms.shift;
        let nearest = floor(source + 0.5);
        let across = spline(source.x - nearest.x);
        let down = spline(source.y - nearest.y);
        let middle = vec2<i32>(nearest);
        let sum = down.x * row(middle - vec2<i32>(0, 1), across) + down.y * row(middle, across)
            + down.z * row(middle + vec2<i32>(0, 1), across);
        store_turned(at, vec4<f32>(sum, 1.0));
    }
}
