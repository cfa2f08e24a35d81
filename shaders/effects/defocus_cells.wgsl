// Defocus, first step: the mean light of cells of the picture, and the radius of their discs.
//
// inputs    picture    scene-linear
//           depth      metres, or a relative inverse depth, in the first channel
// output    cells      light, and as w the radius in pixels: negative in front of the focus
// uniforms  origin     of the window in the full picture, in pixels; first: its first cell
//           focus      distance in metres that is sharp
//           blur       radius in pixels of a point at infinity; limit: largest radius
//           near, far  distances of relative depths 1 and 0
// constants CELL       size in pixels; RELATIVE: whether the depth is relative

fn pixel(at: vec2<u32>) -> vec4<f32> {
    let cell = vec2<i32>(at) + uniforms.first;
    let start = max(cell * i32(CELL) - uniforms.origin, vec2<i32>(0));
    let end = min((cell + 1) * i32(CELL) - uniforms.origin, vec2<i32>(textureDimensions(picture)));
    var sum = vec4<f32>(0.0);
    for (var y = start.y; y < end.y; y++) {
        for (var x = start.x; x < end.x; x++) {
            let place = vec2<i32>(x, y);
            let metres = distance_of(textureLoad(depth, place, 0).x, RELATIVE, uniforms.near, uniforms.far);
            let radius = disc_radius(metres, uniforms.focus, uniforms.blur, uniforms.limit);
            sum += vec4<f32>(textureLoad(picture, place, 0).xyz, radius);
        }
    }
    let size = end - start;
    return sum / f32(max(size.x * size.y, 1));
}
