// A Gaussian along one axis of a coarse picture, which is mirrored at the edges of the whole picture.
//
// input     cells      light
// output    blurred    light
// uniforms  sizes: cells of the whole picture in zw; window: the first cell and the number of cells; centre, near
//           and far: the weights at the distances 0, 1 to 4 and 5 to 8, of which RADIUS are used
// constants RADIUS, DOWN (whether the axis is vertical)

fn read(place: vec2<i32>) -> vec3<f32> {
    let whole = vec2<i32>(mirrored(place.x, uniforms.sizes.z), mirrored(place.y, uniforms.sizes.w));
    return textureLoad(cells, clamp(whole - uniforms.window.xy, vec2<i32>(0), uniforms.window.zw - 1), 0).xyz;
}

fn both(place: vec2<i32>, distance: i32) -> vec3<f32> {
    let aside = select(vec2<i32>(distance, 0), vec2<i32>(0, distance), DOWN);
    return read(place - aside) + read(place + aside);
}

@compute @workgroup_size(64, 4, 1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let at = id.xy;
    if all(at < textureDimensions(made_blurred)) {
        let place = vec2<i32>(at) + uniforms.window.xy;
        var sum = uniforms.centre * textureLoad(cells, at, 0).xyz + uniforms.near.x * both(place, 1);
        if RADIUS > 1u { sum += uniforms.near.y * both(place, 2); }
        if RADIUS > 2u { sum += uniforms.near.z * both(place, 3); }
        if RADIUS > 3u { sum += uniforms.near.w * both(place, 4); }
        if RADIUS > 4u { sum += uniforms.far.x * both(place, 5); }
        if RADIUS > 5u { sum += uniforms.far.y * both(place, 6); }
        if RADIUS > 6u { sum += uniforms.far.z * both(place, 7); }
        if RADIUS > 7u { sum += uniforms.far.w * both(place, 8); }
        store_blurred(at, vec4<f32>(sum, 1.0));
    }
}
