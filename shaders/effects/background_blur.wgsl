// Background blur, last step: the light of the person over the blurred background.
//
// inputs    picture    scene-linear
//           mask       0–1 in the first channel: 1 is a person
//           behind, person   cells of the background and of people, light × weight and weight
//           soft       cells of the blurred background
// output    blurred    scene-linear
// uniforms  origin     of the window in the full picture, in pixels
//           near_first, soft_first   the first cells
//           radius     of the blur, in pixels
// constants NEAR, SOFT sizes of cells in pixels

fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32> {
    let alpha = clamp(textureLoad(mask, at, 0).x, 0.0, 1.0);
    let beside = place_of(at, uniforms.origin, NEAR, uniforms.near_first);
    let light = person_light(color.xyz, alpha, cell_at(behind, beside), cell_at(person, beside));
    let far = cell_at(soft, place_of(at, uniforms.origin, SOFT, uniforms.soft_first));
    // Details sharper than a cell are better in the picture itself; in the midst of a person, no background is known.
    let share = clamp(uniforms.radius / f32(SOFT) - 0.5, 0.0, 1.0) * clamp(far.w * 1e4, 0.0, 1.0);
    let rest = mix(color.xyz - light, (1.0 - alpha) * far.xyz / max(far.w, 1e-6), share);
    return vec4<f32>(light + rest, color.w);
}
