// Defocus, last step: the discs in place of what is out of focus.
//
// inputs    picture    scene-linear
//           front, soft   cells of effects/defocus_discs.wgsl
//           depth      metres, or a relative inverse depth, in the first channel
// output    defocused  scene-linear
// uniforms  see effects/defocus_cells.wgsl
// constants CELL, RELATIVE

fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32> {
    // The four cells around the pixel.
    let place = (vec2<f32>(vec2<i32>(at) + uniforms.origin) + 0.5) / f32(CELL) - 0.5;
    let corner = floor(place);
    let f = place - corner;
    let last = vec2<i32>(textureDimensions(soft)) - 1;
    let a = clamp(vec2<i32>(corner) - uniforms.first, vec2<i32>(0), last);
    let d = clamp(vec2<i32>(corner) - uniforms.first + 1, vec2<i32>(0), last);
    let b = vec2<i32>(d.x, a.y);
    let c = vec2<i32>(a.x, d.y);
    let behind = mix(mix(textureLoad(soft, a, 0), textureLoad(soft, b, 0), f.x),
        mix(textureLoad(soft, c, 0), textureLoad(soft, d, 0), f.x), f.y);
    let before = mix(mix(textureLoad(front, a, 0), textureLoad(front, b, 0), f.x),
        mix(textureLoad(front, c, 0), textureLoad(front, d, 0), f.x), f.y);
    let metres = distance_of(textureLoad(depth, at, 0).x, RELATIVE, uniforms.near, uniforms.far);
    let radius = abs(disc_radius(metres, uniforms.focus, uniforms.blur, uniforms.limit));
    // Details sharper than a cell are better in the picture itself.
    let share = clamp(radius / f32(CELL) - 0.5, 0.0, 1.0);
    return vec4<f32>(before.xyz + (1.0 - before.w) * mix(color.xyz, behind.xyz, share), color.w);
}
