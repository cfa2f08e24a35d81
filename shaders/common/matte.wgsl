// The light of people, apart from what is behind them.

// How much a pixel counts as background: nearly nothing where it has a part of a person.
fn background_weight(alpha: f32) -> f32 {
    let without = clamp(1.0 - alpha, 0.0, 1.0);
    let fourth = without * without * without * without;
    return fourth * fourth;
}

// How much a pixel counts as a person: nearly nothing where it has a part of the background.
fn person_weight(alpha: f32) -> f32 {
    return background_weight(1.0 - alpha);
}

// The light of the person in a pixel, alpha × foreground: what is left without the light of the background around it.
// Where alpha is small, the difference is mostly detail of the background, and counts less. A lamp right behind the edge
// is no light of the person, who is at most so much brighter than beside the edge. `background` and `person` are the
// light × weight, and the weight, beside the pixel.
fn person_light(color: vec3<f32>, alpha: f32, background: vec4<f32>, person: vec4<f32>) -> vec3<f32> {
    let behind = select(color, background.xyz / max(background.w, 1e-6), vec3<bool>(background.w > 1e-6));
    let certain = alpha * alpha / (alpha * alpha + 0.02);
    let light = alpha * color + (1.0 - alpha) * certain * (color - behind);
    let known = alpha * person.xyz / max(person.w, 1e-6);
    let bounded = select(light, clamp(light, 0.4 * known, 2.5 * known), vec3<bool>(person.w > 1e-4));
    let inside = smoothstep(0.85, 1.0, alpha);
    return clamp(mix(bounded, light, inside), min(color, vec3<f32>(0.0)), max(color, vec3<f32>(0.0)));
}

// The place of a pixel of the window among cells of `size` pixels: the cell at its upper left, and the way to the next.
struct CellPlace { corner: vec2<i32>, share: vec2<f32> };

fn place_of(at: vec2<u32>, origin: vec2<i32>, size: u32, first: vec2<i32>) -> CellPlace {
    let place = (vec2<f32>(vec2<i32>(at) + origin) + 0.5) / f32(size) - 0.5;
    return CellPlace(vec2<i32>(floor(place)) - first, fract(place));
}

// Cells at a place, linearly between four of them.
fn cell_at(cells: texture_2d<f32>, place: CellPlace) -> vec4<f32> {
    let last = vec2<i32>(textureDimensions(cells)) - 1;
    let a = clamp(place.corner, vec2<i32>(0), last);
    let d = clamp(place.corner + 1, vec2<i32>(0), last);
    return mix(mix(textureLoad(cells, a, 0), textureLoad(cells, vec2<i32>(d.x, a.y), 0), place.share.x),
        mix(textureLoad(cells, vec2<i32>(a.x, d.y), 0), textureLoad(cells, d, 0), place.share.x), place.share.y);
}
