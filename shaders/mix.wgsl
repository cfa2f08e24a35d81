// Mixes two pictures in linear light. Each has its place in the frame; the rest of the frame is black.
//
// inputs    first, second   linear light, or R′G′B′ code values 0–1 with CURVE
// output    mixed           as the inputs
// uniforms  shares          of the first and the second picture
//           first_place, second_place   positions of the pictures' top-left corners in the frame
//           first_size, second_size     their sizes; 0 for a picture that is not shown
//           shifts          how far each has moved from its place, in pixels: x, y of the first, then of the second
//           first_ramp, second_ramp     (a, b, c, 0): its weight at the pixel (x, y) is a·x + b·y + c within 0 to 1
// constants CURVE           0 linear light; code values of 1 SDR, 2 HLG, 3 PQ
// source    SDR: ITU-R BT.1886; HLG, PQ: ITU-R BT.2100-3

const SDR = 1u;
const HLG = 2u;
const PQ = 3u;

fn decoded(color: vec3<f32>) -> vec3<f32> {
    let code = max(color, vec3<f32>(0.0));
    if CURVE == SDR { return pow(code, vec3<f32>(2.4)); }
    if CURVE == HLG {
        let bright = (exp((code - 0.55991073) / 0.17883277) + 0.28466892) / 12.0;
        return select(bright, code * code / 3.0, code <= vec3<f32>(0.5));
    }
    if CURVE == PQ {
        let root = pow(code, vec3<f32>(0.012683313515656));
        let ratio = max(root - 0.8359375, vec3<f32>(0.0)) / (18.8515625 - 18.6875 * root);
        return pow(ratio, vec3<f32>(6.277394636015326));
    }
    return color;
}

fn encoded(light: vec3<f32>) -> vec3<f32> {
    if CURVE == SDR { return pow(light, vec3<f32>(0.41666667)); }
    if CURVE == HLG {
        let bright = 0.17883277 * log(max(12.0 * light - 0.28466892, vec3<f32>(1e-9))) + 0.55991073;
        return select(bright, sqrt(3.0 * light), light <= vec3<f32>(0.08333333));
    }
    if CURVE == PQ {
        let powered = pow(light, vec3<f32>(0.1593017578125));
        let code = pow((0.8359375 + 18.8515625 * powered) / (1.0 + 18.6875 * powered), vec3<f32>(78.84375));
        return select(vec3<f32>(0.0), code, light > vec3<f32>(0.0));
    }
    return light;
}

fn is_inside(at: vec2<i32>, size: vec2<i32>) -> bool {
    return all(at >= vec2<i32>(0)) && all(at < size);
}

fn first_at(at: vec2<i32>) -> vec3<f32> {
    let light = decoded(textureLoad(first, max(at, vec2<i32>(0)), 0).xyz);
    return select(vec3<f32>(0.0), light, is_inside(at, uniforms.first_size));
}

fn second_at(at: vec2<i32>) -> vec3<f32> {
    let light = decoded(textureLoad(second, max(at, vec2<i32>(0)), 0).xyz);
    return select(vec3<f32>(0.0), light, is_inside(at, uniforms.second_size));
}

fn weight(ramp: vec4<f32>, at: vec2<u32>) -> f32 {
    return clamp(dot(ramp.xy, vec2<f32>(at)) + ramp.z, 0.0, 1.0);
}

fn pixel(at: vec2<u32>) -> vec4<f32> {
    let here = vec2<i32>(at);
    let whole = floor(uniforms.shifts);
    let part = uniforms.shifts - whole;
    let a = here - uniforms.first_place - vec2<i32>(whole.xy);
    let b = here - uniforms.second_place - vec2<i32>(whole.zw);
    var first_light = first_at(a);
    var second_light = second_at(b);
    // A push moves along one axis, by a part of a pixel between two of them.
    let first_part = part.x + part.y;
    let second_part = part.z + part.w;
    if first_part > 0.0 {
        first_light = mix(first_light, first_at(a - vec2<i32>(ceil(part.xy))), first_part);
    }
    if second_part > 0.0 {
        second_light = mix(second_light, second_at(b - vec2<i32>(ceil(part.zw))), second_part);
    }
    var light = uniforms.shares.x * weight(uniforms.first_ramp, at) * first_light;
    light += uniforms.shares.y * weight(uniforms.second_ramp, at) * second_light;
    return vec4<f32>(encoded(light), 1.0);
}
