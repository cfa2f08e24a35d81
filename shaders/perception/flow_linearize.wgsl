// Optical flow: the linear equations of one step of the variational refinement.
//
// inputs    here       a level of the frame, packed as in common/flow.wgsl with a margin of MARGIN pixels
//           there      the level of the other frame
//           flow_x, flow_y  motion in pixels, four pixels of a row a texel
// outputs   matrix     the equations' a11 and a12, as half floats, four pixels a texel; likewise
//           sides      a22 and b1
//           rest       b2 and the weight of the pixel on the left
//           around     the weights of the pixels on the right and above
//           below      the weight of the pixel below, and 0
// uniforms  size       of the level in pixels
// constants MARGIN, INTENSITY, GRADIENT, SMOOTH, NOISE, EDGE
// source    Brox et al., High Accuracy Optical Flow Estimation Based on a Theory for Warping, ECCV 2004: constancy of
//           brightness and of its gradient, robust. Zimmer, Bruhn, Weickert, Optic Flow in Harmony, IJCV 93 (2011),
//           section 2.2: each constraint divided by its gradient. Derivatives are those of the frame, not of the
//           other one.

struct Equations { matrix: vec4<u32>, sides: vec4<u32>, rest: vec4<u32>, around: vec4<u32>, below: vec4<u32> };

// Twelve pixels of a row: four before, the four of the texel, and four after.
struct Span { before: vec4<f32>, at: vec4<f32>, after: vec4<f32> };

// The difference of the other frame to this one at the end of the motion: in brightness and in its gradient.
struct Change { value: f32, x: f32, y: f32, inside: f32 };

fn span_at(place: vec2<i32>) -> Span {
    let words = textureLoad(here, vec2<i32>(place.x / 4 + i32(MARGIN) / 4 - 1, place.y + i32(MARGIN)));
    return Span(four_pixels(words.x), four_pixels(words.y), four_pixels(words.z));
}

fn there_row(start: vec2<i32>, row: i32) -> vec4<f32> {
    let words = textureLoad(there, vec2<i32>(start.x >> 2u, start.y + row));
    return four_pixels(skip_pixels(words, u32(start.x & 3)).x);
}

fn change_at(place: vec2<i32>, motion: vec2<f32>, value: f32, slope: vec2<f32>) -> Change {
    let aim = vec2<f32>(place) + motion;
    let limited = clamp(aim, vec2<f32>(0.0), vec2<f32>(uniforms.size - 1));
    let base = floor(limited);
    let f = limited - base;
    let start = vec2<i32>(base) + i32(MARGIN) - 1;
    let a = there_row(start, 0);
    let b = there_row(start, 1);
    let c = there_row(start, 2);
    let d = there_row(start, 3);
    let middle = b + f.y * (c - b);
    let across = 0.5 * (middle.zw - middle.xy);
    let low = 0.5 * (c.yz - a.yz);
    let down = low + f.y * (0.5 * (d.yz - b.yz) - low);
    let inside = select(0.0, 1.0, all(abs(aim - limited) < vec2<f32>(0.5)));
    return Change(
        middle.y + f.x * (middle.z - middle.y) - value,
        across.x + f.x * (across.y - across.x) - slope.x,
        down.x + f.x * (down.y - down.x) - slope.y,
        inside,
    );
}

fn weight_of(difference_x: vec4<f32>, difference_y: vec4<f32>, contrast: vec4<f32>) -> vec4<f32> {
    let length = sqrt(difference_x * difference_x + difference_y * difference_y + 0.01);
    return SMOOTH * exp(-abs(contrast) / EDGE) / length;
}

fn pack(a: vec4<f32>, b: vec4<f32>) -> vec4<u32> {
    return vec4<u32>(
        pack2x16float(vec2<f32>(a.x, b.x)),
        pack2x16float(vec2<f32>(a.y, b.y)),
        pack2x16float(vec2<f32>(a.z, b.z)),
        pack2x16float(vec2<f32>(a.w, b.w)),
    );
}

fn pixel(at: vec2<u32>) -> Equations {
    let group = vec2<i32>(at);
    let place = vec2<i32>(4 * group.x, group.y);
    let last = vec2<i32>(textureDimensions(flow_x)) - 1;
    let row = span_at(place);
    let up = span_at(place - vec2<i32>(0, 1));
    let down = span_at(place + vec2<i32>(0, 1));
    let upper = span_at(place - vec2<i32>(0, 2)).at;
    let lower = span_at(place + vec2<i32>(0, 2)).at;
    let right = vec4<f32>(row.at.yzw, row.after.x);
    let left = vec4<f32>(row.before.w, row.at.xyz);
    let x = 0.5 * (right - left);
    let y = 0.5 * (down.at - up.at);
    let xx = 0.25 * (vec4<f32>(row.at.zw, row.after.xy) - 2.0 * row.at + vec4<f32>(row.before.zw, row.at.xy));
    let yy = 0.25 * (lower - 2.0 * row.at + upper);
    let xy = 0.25 * (vec4<f32>(down.at.yzw, down.after.x) - vec4<f32>(down.before.w, down.at.xyz)
        - vec4<f32>(up.at.yzw, up.after.x) + vec4<f32>(up.before.w, up.at.xyz));

    let u = textureLoad(flow_x, group, 0);
    let v = textureLoad(flow_y, group, 0);
    let c0 = change_at(place, vec2<f32>(u.x, v.x), row.at.x, vec2<f32>(x.x, y.x));
    let c1 = change_at(place + vec2<i32>(1, 0), vec2<f32>(u.y, v.y), row.at.y, vec2<f32>(x.y, y.y));
    let c2 = change_at(place + vec2<i32>(2, 0), vec2<f32>(u.z, v.z), row.at.z, vec2<f32>(x.z, y.z));
    let c3 = change_at(place + vec2<i32>(3, 0), vec2<f32>(u.w, v.w), row.at.w, vec2<f32>(x.w, y.w));
    let t = vec4<f32>(c0.value, c1.value, c2.value, c3.value);
    let tx = vec4<f32>(c0.x, c1.x, c2.x, c3.x);
    let ty = vec4<f32>(c0.y, c1.y, c2.y, c3.y);
    let inside = vec4<f32>(c0.inside, c1.inside, c2.inside, c3.inside);

    let n = 1.0 / (x * x + y * y + NOISE);
    let nx = 1.0 / (xx * xx + xy * xy + NOISE);
    let ny = 1.0 / (xy * xy + yy * yy + NOISE);
    let p = inside * INTENSITY * n / sqrt(n * t * t + 0.01);
    let q = inside * GRADIENT / sqrt(nx * tx * tx + ny * ty * ty + 0.01);
    let qx = q * nx;
    let qy = q * ny;
    let a11 = p * x * x + qx * xx * xx + qy * xy * xy;
    let a12 = p * x * y + qx * xx * xy + qy * xy * yy;
    let a22 = p * y * y + qx * xy * xy + qy * yy * yy;

    // The neighbours' motion; beyond the border the pixel's own.
    let u_left = vec4<f32>(textureLoad(flow_x, vec2<i32>(max(group.x - 1, 0), group.y), 0).w, u.xyz) - u;
    let v_left = vec4<f32>(textureLoad(flow_y, vec2<i32>(max(group.x - 1, 0), group.y), 0).w, v.xyz) - v;
    let u_right = vec4<f32>(u.yzw, textureLoad(flow_x, vec2<i32>(min(group.x + 1, last.x), group.y), 0).x) - u;
    let v_right = vec4<f32>(v.yzw, textureLoad(flow_y, vec2<i32>(min(group.x + 1, last.x), group.y), 0).x) - v;
    let u_up = textureLoad(flow_x, vec2<i32>(group.x, max(group.y - 1, 0)), 0) - u;
    let v_up = textureLoad(flow_y, vec2<i32>(group.x, max(group.y - 1, 0)), 0) - v;
    let u_down = textureLoad(flow_x, vec2<i32>(group.x, min(group.y + 1, last.y)), 0) - u;
    let v_down = textureLoad(flow_y, vec2<i32>(group.x, min(group.y + 1, last.y)), 0) - v;
    let columns = vec4<i32>(place.x) + vec4<i32>(0, 1, 2, 3);
    let w_left = select(vec4<f32>(0.0), weight_of(u_left, v_left, left - row.at), columns > vec4<i32>(0));
    let w_right = select(
        vec4<f32>(0.0), weight_of(u_right, v_right, right - row.at), columns < vec4<i32>(uniforms.size.x - 1)
    );
    let w_up = select(vec4<f32>(0.0), weight_of(u_up, v_up, up.at - row.at), vec4<bool>(place.y > 0));
    let w_down = select(
        vec4<f32>(0.0), weight_of(u_down, v_down, down.at - row.at), vec4<bool>(place.y < uniforms.size.y - 1)
    );
    let b1 = w_left * u_left + w_right * u_right + w_up * u_up + w_down * u_down
        - p * x * t - qx * xx * tx - qy * xy * ty;
    let b2 = w_left * v_left + w_right * v_right + w_up * v_up + w_down * v_down
        - p * y * t - qx * xy * tx - qy * yy * ty;
    return Equations(
        pack(a11, a12), pack(a22, b1), pack(b2, w_left), pack(w_right, w_up), pack(w_down, vec4<f32>(0.0))
    );
}
