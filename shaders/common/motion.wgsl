// Motion during an exposure.

// Motion in pixels from a flow, in shares of the height, at most `limit` long. Where the flow is not valid, there is none.
fn motion_of(flow: vec2<f32>, validity: f32, factor: f32, limit: f32) -> vec2<f32> {
    let motion = flow * factor * clamp(validity, 0.0, 1.0);
    return motion * min(1.0, limit / max(length(motion), 1e-9));
}
