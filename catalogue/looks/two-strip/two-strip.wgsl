// Two strips of film: red, and green with blue. The edges of the picture have a little less dye.
fn point(color: vec3<f32>, place: vec2<f32>, dye: f32, edge: f32) -> vec3<f32> {
    let cyan = 0.58 * color.y + 0.42 * color.z;
    let strips = vec3<f32>(0.96 * color.x, 1.02 * cyan, 1.08 * cyan);
    let away = clamp(dot(place, place), 0.0, 1.0);
    return mix(color, strips, vec3<f32>(dye * (1.0 - edge * away)));
}
