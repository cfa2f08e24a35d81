// The light of a pixel that counts as a highlight.

// `range`: the light at which highlights begin, the reciprocal of the width of the transition, and the greatest light
// of one pixel. A pixel above the transition counts wholly, so that a highlight between pixels gives the same sum.
fn highlight(color: vec3<f32>, range: vec4<f32>) -> vec3<f32> {
    let light = max(color.x, max(color.y, color.z));
    let place = clamp((light - range.x) * range.y, 0.0, 1.0);
    let share = place * place * (3.0 - 2.0 * place);
    return color * (share * min(1.0, range.z / max(light, 1e-6)));
}
