// Mixes two pictures in linear light. Each has its place in the frame; the rest of the frame is black.
//
// inputs    first, second   linear light, or R′G′B′ code values 0–1 with CURVE
// output    mixed           as the inputs
// uniforms  shares          of the first and the second picture
//           first_place, second_place   positions of the pictures' top-left corners in the frame
//           first_size, second_size     their sizes; 0 for a picture that is not shown
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

fn pixel(at: vec2<u32>) -> vec4<f32> {
    let a = vec2<i32>(at) - uniforms.first_place;
    let b = vec2<i32>(at) - uniforms.second_place;
    let first_light = decoded(textureLoad(first, max(a, vec2<i32>(0)), 0).xyz);
    let second_light = decoded(textureLoad(second, max(b, vec2<i32>(0)), 0).xyz);
    let nothing = vec3<f32>(0.0);
    var light = uniforms.shares.x * select(nothing, first_light, is_inside(a, uniforms.first_size));
    light += uniforms.shares.y * select(nothing, second_light, is_inside(b, uniforms.second_size));
    return vec4<f32>(encoded(light), 1.0);
}
