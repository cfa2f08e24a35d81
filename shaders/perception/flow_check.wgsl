// Optical flow: both directions at the size of the frame, and whether they agree.
//
// inputs    onward     the flow to the next frame, in pixels of its level
//           back       the flow from the next frame, likewise
// outputs   forward, backward  the flows as shares of the height
//           validity   1 where going there and back ends within TIGHT pixels, 0 beyond LOOSE or outside the frame
// uniforms  size       of the frame
//           lengthen   pixels of the frame per pixel of the level
// constants TIGHT, LOOSE, RELATIVE (added per pixel of motion)
// source    Sundaram, Brox, Keutzer, Dense point trajectories by GPU-accelerated large displacement optical flow,
//           ECCV 2010, equation 5, for the bound that grows with the motion

struct Checked { forward: vec4<f32>, backward: vec4<f32>, validity: vec4<f32> };

fn onward_at(place: vec2<f32>) -> vec2<f32> {
    let last = vec2<i32>(textureDimensions(onward)) - 1;
    let low = clamp(vec2<i32>(floor(place)), vec2<i32>(0), last);
    let high = min(low + 1, last);
    let f = clamp(place - vec2<f32>(low), vec2<f32>(0.0), vec2<f32>(1.0));
    let top = mix(textureLoad(onward, low, 0).xy, textureLoad(onward, vec2<i32>(high.x, low.y), 0).xy, f.x);
    let bottom = mix(textureLoad(onward, vec2<i32>(low.x, high.y), 0).xy, textureLoad(onward, high, 0).xy, f.x);
    return mix(top, bottom, f.y);
}

fn back_at(place: vec2<f32>) -> vec2<f32> {
    let last = vec2<i32>(textureDimensions(back)) - 1;
    let low = clamp(vec2<i32>(floor(place)), vec2<i32>(0), last);
    let high = min(low + 1, last);
    let f = clamp(place - vec2<f32>(low), vec2<f32>(0.0), vec2<f32>(1.0));
    let top = mix(textureLoad(back, low, 0).xy, textureLoad(back, vec2<i32>(high.x, low.y), 0).xy, f.x);
    let bottom = mix(textureLoad(back, vec2<i32>(low.x, high.y), 0).xy, textureLoad(back, high, 0).xy, f.x);
    return mix(top, bottom, f.y);
}

fn pixel(at: vec2<u32>) -> Checked {
    let place = (vec2<f32>(at) + 0.5) / uniforms.lengthen - 0.5;
    let there = onward_at(place);
    let returned = back_at(place + there);
    let error = uniforms.lengthen * length(there + returned);
    let slack = RELATIVE * uniforms.lengthen * length(there);
    var valid = 1.0 - smoothstep(TIGHT + slack, LOOSE + slack, error);
    let target_at = vec2<f32>(at) + uniforms.lengthen * there;
    if any(target_at < vec2<f32>(-0.5)) || any(target_at > uniforms.size - 0.5) {
        valid = 0.0;
    }
    let share = uniforms.lengthen / uniforms.size.y;
    return Checked(
        vec4<f32>(share * there, 0.0, 0.0), vec4<f32>(share * back_at(place), 0.0, 0.0), vec4<f32>(valid, 0.0, 0.0, 0.0)
    );
}
