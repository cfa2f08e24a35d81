// ACEScct, the logarithmic encoding of ACEScg for grading, and back. Calls common/exponents.wgsl.
//
// source    S-2016-001, "ACEScct — A Quasi-Logarithmic Encoding of ACES Data for use within Color Grading Systems"

fn acescct(light: vec3<f32>) -> vec3<f32> {
    let bright = (logarithm2(max(light, vec3<f32>(0.0078125))) + 9.72) / 17.52;
    return select(bright, light * 10.5402377416545 + 0.0729055341958355, light <= vec3<f32>(0.0078125));
}

fn from_acescct(code: vec3<f32>) -> vec3<f32> {
    let bright = min(power2(code * 17.52 - 9.72), vec3<f32>(65504.0));
    return select(bright, (code - 0.0729055341958355) / 10.5402377416545, code <= vec3<f32>(0.155251141552511));
}
