// Distances from depth.

// Metres from a depth: itself, or a relative inverse depth (0 far, 1 near) between two distances.
fn distance_of(depth: f32, relative: bool, near: f32, far: f32) -> f32 {
    let inverse = mix(1.0 / far, 1.0 / near, clamp(depth, 0.0, 1.0));
    return max(select(depth, 1.0 / inverse, relative), 1e-3);
}

// The radius of the disc that a thin lens makes of a point, of which `blur` is that of a point at infinity. It is
// negative in front of the focus.
fn disc_radius(metres: f32, focus: f32, blur: f32, limit: f32) -> f32 {
    return clamp(blur * (1.0 - focus / metres), -limit, limit);
}
