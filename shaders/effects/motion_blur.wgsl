// Motion blur, last step: collects the streaks that reach a pixel, along the dominant motion around it.
//
// A pixel that moves by n pixels during the exposure gives each pixel of its streak 1/n of its light. What the streaks do
// not cover shows the pixel itself if it rests, and what rests beside it if it moves.
//
// inputs    picture    scene-linear
//           flow       x and y to the next frame, as shares of the height
//           validity   of the flow, 0–1
//           dominant   longest motion around each tile, in pixels
// output    blurred    scene-linear
// uniforms  see effects/motion_tiles.wgsl
// constants TILE       in pixels; VALIDITY: whether there is a validity
//           WEIGHTS    over the exposure: 0 box, 1 triangle, 2 Gaussian; see engine.effects.shutter
// source    the tiles: M. McGuire et al., "A Reconstruction Filter for Plausible Motion Blur", I3D 2012

fn motion_at(place: vec2<i32>) -> vec2<f32> {
    var valid = 1.0;
    if VALIDITY {
        valid = textureLoad(validity, place, 0).x;
    }
    return motion_of(textureLoad(flow, place, 0).xy, valid, uniforms.factor, uniforms.limit);
}

// The weight at a place of the exposure, −0.5 to 0.5.
fn profile(place: f32) -> f32 {
    if WEIGHTS == 1u { return max(2.0 - 4.0 * abs(place), 0.0); }
    if WEIGHTS == 2u { return 2.6618994 * exp(-22.222222 * place * place); }
    return 1.0;
}

fn pixel(at: vec2<u32>) -> vec4<f32> {
    let own = textureLoad(picture, at, 0);
    let here = vec2<i32>(at);
    let tile = (here + uniforms.origin) / i32(TILE) - uniforms.first;
    let along = textureLoad(dominant, tile, 0).xy;
    let reach = length(along);
    if reach < 0.5 {
        return own;
    }
    let direction = along / reach;
    let last = vec2<i32>(textureDimensions(picture)) - 1;
    let count = i32(ceil(reach));
    let step = reach / f32(count);
    var streaks = vec4<f32>(0.0);
    var covered = 0.0;
    var rests = vec4<f32>(0.0);
    var resting = 0.0;
    for (var number = 0; number < count; number++) {
        let away = (f32(number) + 0.5) * step - 0.5 * reach;
        let place = clamp(here + vec2<i32>(round(direction * away)), vec2<i32>(0), last);
        let color = textureLoad(picture, place, 0);
        let motion = motion_at(place);
        let streak = abs(dot(motion, direction));
        let moves = clamp(streak, 0.0, 1.0);
        let share = moves * clamp(0.5 * streak - abs(away) + 0.5, 0.0, 1.0) * step / max(streak, 1.0)
            * profile(clamp(away / max(streak, 1e-3), -0.5, 0.5));
        streaks += share * color;
        covered += share;
        rests += (1.0 - moves) * color;
        resting += 1.0 - moves;
    }
    let motion = motion_at(here);
    let moves = clamp(abs(dot(motion, direction)), 0.0, 1.0);
    let beside = select(own, rests / max(resting, 1e-6), resting > 0.0);
    // A moving pixel without anything at rest around it is in the midst of what moves.
    let behind = select(streaks / max(covered, 1e-6), mix(own, beside, moves), resting > 0.0 || moves < 1.0);
    return streaks / max(covered, 1.0) + max(1.0 - covered, 0.0) * behind;
}
