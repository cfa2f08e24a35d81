// Optical flow: both directions as shares of the height, and whether they agree.
//
// inputs    onward_x, onward_y  the flow to the next frame in pixels, four pixels of a row a texel
//           back_x, back_y      the flow from the next frame, likewise
// outputs   forward, backward   the flows as shares of the height
//           validity   1 where going there and back ends within TIGHT pixels, 0 beyond LOOSE or outside the frame
// uniforms  size       of the frame in pixels
// constants TIGHT, LOOSE, RELATIVE (added per pixel of motion)
// source    Sundaram, Brox, Keutzer, Dense point trajectories by GPU-accelerated large displacement optical flow,
//           ECCV 2010, equation 5, for the bound that grows with the motion

fn validity_of(place: vec2<i32>, motion: vec2<f32>) -> f32 {
    let target_at = vec2<f32>(place) + motion;
    let nearest = clamp(vec2<i32>(round(target_at)), vec2<i32>(0), uniforms.size - 1);
    let group = vec2<i32>(nearest.x >> 2u, nearest.y);
    let index = nearest.x & 3;
    let returned = vec2<f32>(pick(textureLoad(back_x, group, 0), index), pick(textureLoad(back_y, group, 0), index));
    let slack = RELATIVE * length(motion);
    let valid = 1.0 - smoothstep(TIGHT + slack, LOOSE + slack, length(motion + returned));
    let outside = any(target_at < vec2<f32>(-0.5)) || any(target_at > vec2<f32>(uniforms.size) - 0.5);
    return select(valid, 0.0, outside);
}

fn tile(here: Invocation) {
    let group = vec2<i32>(here.at);
    let scale = 1.0 / f32(uniforms.size.y);
    let x = textureLoad(onward_x, group, 0);
    let y = textureLoad(onward_y, group, 0);
    let other_x = scale * textureLoad(back_x, group, 0);
    let other_y = scale * textureLoad(back_y, group, 0);
    let place = vec2<i32>(4 * group.x, group.y);
    let valid = vec4<f32>(
        validity_of(place, vec2<f32>(x.x, y.x)),
        validity_of(place + vec2<i32>(1, 0), vec2<f32>(x.y, y.y)),
        validity_of(place + vec2<i32>(2, 0), vec2<f32>(x.z, y.z)),
        validity_of(place + vec2<i32>(3, 0), vec2<f32>(x.w, y.w)),
    );
    let sx = scale * x;
    let sy = scale * y;
    let at = here.at * vec2<u32>(2u, 1u);
    let next = at + vec2<u32>(1u, 0u);
    store_validity(here.at, valid);
    store_forward(at, vec4<f32>(sx.x, sy.x, sx.y, sy.y));
    store_forward(next, vec4<f32>(sx.z, sy.z, sx.w, sy.w));
    store_backward(at, vec4<f32>(other_x.x, other_y.x, other_x.y, other_y.y));
    store_backward(next, vec4<f32>(other_x.z, other_y.z, other_x.w, other_y.w));
}
