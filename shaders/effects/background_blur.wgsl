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

struct Place { corner: vec2<i32>, share: vec2<f32> };

fn place_of(at: vec2<u32>, size: u32, first: vec2<i32>) -> Place {
    let place = (vec2<f32>(vec2<i32>(at) + uniforms.origin) + 0.5) / f32(size) - 0.5;
    return Place(vec2<i32>(floor(place)) - first, fract(place));
}

fn behind_at(place: Place) -> vec4<f32> {
    let last = vec2<i32>(textureDimensions(behind)) - 1;
    let a = clamp(place.corner, vec2<i32>(0), last);
    let d = clamp(place.corner + 1, vec2<i32>(0), last);
    return mix(mix(textureLoad(behind, a, 0), textureLoad(behind, vec2<i32>(d.x, a.y), 0), place.share.x),
        mix(textureLoad(behind, vec2<i32>(a.x, d.y), 0), textureLoad(behind, d, 0), place.share.x), place.share.y);
}

fn person_at(place: Place) -> vec4<f32> {
    let last = vec2<i32>(textureDimensions(person)) - 1;
    let a = clamp(place.corner, vec2<i32>(0), last);
    let d = clamp(place.corner + 1, vec2<i32>(0), last);
    return mix(mix(textureLoad(person, a, 0), textureLoad(person, vec2<i32>(d.x, a.y), 0), place.share.x),
        mix(textureLoad(person, vec2<i32>(a.x, d.y), 0), textureLoad(person, d, 0), place.share.x), place.share.y);
}

fn soft_at(place: Place) -> vec4<f32> {
    let last = vec2<i32>(textureDimensions(soft)) - 1;
    let a = clamp(place.corner, vec2<i32>(0), last);
    let d = clamp(place.corner + 1, vec2<i32>(0), last);
    return mix(mix(textureLoad(soft, a, 0), textureLoad(soft, vec2<i32>(d.x, a.y), 0), place.share.x),
        mix(textureLoad(soft, vec2<i32>(a.x, d.y), 0), textureLoad(soft, d, 0), place.share.x), place.share.y);
}

fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32> {
    let alpha = clamp(textureLoad(mask, at, 0).x, 0.0, 1.0);
    let beside = place_of(at, NEAR, uniforms.near_first);
    let light = person_light(color.xyz, alpha, behind_at(beside), person_at(beside));
    let far = soft_at(place_of(at, SOFT, uniforms.soft_first));
    // Details sharper than a cell are better in the picture itself; in the midst of a person, no background is known.
    let share = clamp(uniforms.radius / f32(SOFT) - 0.5, 0.0, 1.0) * clamp(far.w * 1e4, 0.0, 1.0);
    let rest = mix(color.xyz - light, (1.0 - alpha) * far.xyz / max(far.w, 1e-6), share);
    return vec4<f32>(light + rest, color.w);
}
