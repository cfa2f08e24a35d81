// ASC CDL: slope, offset and power per channel, then saturation.
//
// Values are not clamped, so that highlights survive; the power does not change negative values.
//
// input     picture    scene-linear
// output    graded     scene-linear
// uniforms  slope, offset, power   per channel; the saturation is slope.w
// constants LOG        whether the working space is ACEScct; otherwise it is ACEScg
//           POWERED    whether a power is not 1: a power costs as much as all the rest
// source    ASC Color Decision List, version 1.2

const LUMA = vec3<f32>(0.2126, 0.7152, 0.0722);

fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32> {
    let alpha = max(color.w, 1e-6);
    let light = color.xyz / alpha;
    var values = light;
    if LOG {
        values = acescct(light);
    }
    values = values * uniforms.slope.xyz + uniforms.offset.xyz;
    if POWERED {
        let powered = power2(logarithm2(max(values, vec3<f32>(1e-30))) * uniforms.power.xyz);
        values = select(powered, values, values <= vec3<f32>(0.0));
    }
    values = dot(values, LUMA) * (1.0 - uniforms.slope.w) + values * uniforms.slope.w;
    if LOG {
        values = from_acescct(values);
    }
    return vec4<f32>(values * alpha, color.w);
}
