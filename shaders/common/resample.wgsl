// Resampling of a picture at any place. The border's pixels continue outside; a window is large enough that none of its
// borders inside the picture is reached.

fn bordered(picture: texture_2d<f32>, at: vec2<i32>) -> vec4<f32> {
    return textureLoad(picture, clamp(at, vec2<i32>(0), vec2<i32>(textureDimensions(picture)) - 1), 0);
}

// The share of a pixel at `place` that lies between `low` and `high`, all in pixels of the source, of which a pixel of
// the result is 1/`scale`.
fn coverage(place: vec2<f32>, low: vec2<f32>, high: vec2<f32>, scale: f32) -> f32 {
    let edges = clamp(min(place - low, high - place) * scale + 0.5, vec2<f32>(0.0), vec2<f32>(1.0));
    return edges.x * edges.y;
}

fn catmull_rom(f: f32) -> vec4<f32> {
    return vec4<f32>(
        f * (-0.5 + f * (1.0 - 0.5 * f)),
        1.0 + f * f * (-2.5 + 1.5 * f),
        f * (0.5 + f * (2.0 - 1.5 * f)),
        f * f * (-0.5 + 0.5 * f),
    );
}

fn cubic_row(picture: texture_2d<f32>, at: vec2<i32>, weights: vec4<f32>) -> vec4<f32> {
    return weights.x * bordered(picture, at - vec2<i32>(1, 0))
        + weights.w * bordered(picture, at + vec2<i32>(2, 0));
}

// The picture at `place`, in pixels of the full picture: the centre of its first pixel is (0.5, 0.5), and the window
// begins at `origin`. Catmull-Rom, limited to the four pixels around the place: a highlight has no dark ring, and no
// edge overshoots.
fn cubic(picture: texture_2d<f32>, origin: vec2<i32>, place: vec2<f32>) -> vec4<f32> {
    let corner = floor(place - 0.5);
    let f = place - 0.5 - corner;
    let at = vec2<i32>(corner) - origin;
    let across = catmull_rom(f.x);
    let down = catmull_rom(f.y);
    let a = bordered(picture, at);
    let b = bordered(picture, at + vec2<i32>(1, 0));
    let c = bordered(picture, at + vec2<i32>(0, 1));
    let d = bordered(picture, at + vec2<i32>(1, 1));
    var sum = down.y * (across.y * a + across.z * b + cubic_row(picture, at, across));
    sum += down.z * (across.y * c + across.z * d + cubic_row(picture, at + vec2<i32>(0, 1), across));
    let above = at - vec2<i32>(0, 1);
    let below = at + vec2<i32>(0, 2);
    sum += down.x * (across.y * bordered(picture, above)
        + across.z * bordered(picture, above + vec2<i32>(1, 0))
        + cubic_row(picture, above, across));
    sum += down.w * (across.y * bordered(picture, below)
        + across.z * bordered(picture, below + vec2<i32>(1, 0))
        + cubic_row(picture, below, across));
    return clamp(sum, min(min(a, b), min(c, d)), max(max(a, b), max(c, d)));
}
