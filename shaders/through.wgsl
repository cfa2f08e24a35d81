// Handed through: scene-linear ACEScg back to the encoding it came in, ungraded.
//
// input     picture    scene-linear ACEScg
// output    display    R′G′B′ code values 0–1
// constants CURVE      1 HLG, 4 Rec.709, as engine.picture.color.Curve counts
// uniforms  to_own     ACEScg to the light of that encoding (HLG: 0–3), 3×3
// source    OETFs: ITU-R BT.2100-3, BT.709-6

fn hlg(light: vec3<f32>) -> vec3<f32> {
    let bright = 0.12395743 * log2(max(light - 0.07116723, vec3<f32>(1e-9))) + 0.80782559;
    return select(bright, sqrt(light), light < vec3<f32>(0.25));
}

fn rec709(light: vec3<f32>) -> vec3<f32> {
    let bright = 1.099 * pow(light, vec3<f32>(0.45)) - 0.099;
    return select(bright, light * 4.5137907, light < vec3<f32>(0.017945));
}

fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32> {
    let m = uniforms.to_own;
    let light = max(
        vec3<f32>(dot(m[0].xyz, color.xyz), dot(m[1].xyz, color.xyz), dot(m[2].xyz, color.xyz)), vec3<f32>(0.0)
    );
    if CURVE == 1u {
        return vec4<f32>(min(hlg(light), vec3<f32>(1.0)), color.w);
    }
    return vec4<f32>(min(rec709(light), vec3<f32>(1.0)), color.w);
}
