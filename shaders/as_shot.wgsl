// As shot: converts light of one encoding to code values of another, so that a display shows the same light.
//
// Light below zero counts as zero. Light beyond the target's range is clipped per channel.
//
// input     picture    the source's light in its own primaries: HLG 0–3, PQ 1 = 100 nits, Rec.709 and sRGB 1 = white
// output    display    R′G′B′ code values 0–1
// constants SOURCE, TARGET   1 HLG, 2 PQ, 4 Rec.709, 5 sRGB, numbered as in engine.picture.color.Curve
//           REMIXED    whether `to_target` changes anything
//           GAMMA      HLG's system gamma; SDR_WHITE: SDR white relative to HLG's peak
// uniforms  to_target  the source's primaries to the target's, 3×3
// source    HLG, PQ and the OOTF at 1000 nits: ITU-R BT.2100-3; SDR white at 203 nits: ITU-R BT.2408-7;
//           Rec.709: BT.709-6 (OETF), BT.1886 (display); sRGB: IEC 61966-2-1

const HLG = 1u;
const PQ = 2u;
const REC709 = 4u;

fn luminance(light: vec3<f32>) -> f32 {
    return max(dot(light, vec3<f32>(0.2627, 0.6780, 0.0593)), 1e-12);
}

fn hlg(light: vec3<f32>) -> vec3<f32> {
    let e = 3.0 * light;
    let bright = 0.12395743 * log2(max(e - 0.07116723, vec3<f32>(1e-9))) + 0.80782559;
    return select(bright, sqrt(e), e < vec3<f32>(0.25));
}

fn pq(light: vec3<f32>) -> vec3<f32> {
    let powered = pow(0.1 * light, vec3<f32>(0.1593017578125));
    return pow((0.8359375 + 18.8515625 * powered) / (1.0 + 18.6875 * powered), vec3<f32>(78.84375));
}

fn rec709(light: vec3<f32>) -> vec3<f32> {
    let bright = 1.099 * pow(light, vec3<f32>(0.45)) - 0.099;
    return select(bright, light * 4.5137907, light < vec3<f32>(0.017945));
}

fn srgb(light: vec3<f32>) -> vec3<f32> {
    let bright = 1.055 * pow(light, vec3<f32>(0.41666667)) - 0.055;
    return select(bright, light * 12.923211, light < vec3<f32>(0.0030399346));
}

// Display light of the source. Exceptions: HLG scene light 0–1, and sources that keep their encoding.
fn source_light(light: vec3<f32>) -> vec3<f32> {
    if SOURCE == HLG { return light / 3.0; }
    if SOURCE == PQ { return 0.1 * light; }
    if SOURCE == REC709 && (REMIXED || SOURCE != TARGET) { return pow(rec709(light), vec3<f32>(2.4)); }
    return light;
}

fn shown(light: vec3<f32>) -> vec3<f32> {
    if SOURCE == HLG {
        let scene = min(light, vec3<f32>(1.0));
        return scene * pow(luminance(scene), GAMMA - 1.0);
    }
    if SOURCE == PQ { return light; }
    return light * SDR_WHITE;
}

fn encoded(light: vec3<f32>) -> vec3<f32> {
    if TARGET == HLG { return hlg(light); }
    if TARGET == PQ { return pq(light); }
    if TARGET == REC709 && REMIXED { return pow(light, vec3<f32>(0.41666667)); }
    if TARGET == REC709 { return rec709(light); }
    return srgb(light);
}

fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32> {
    var light = source_light(max(color.xyz, vec3<f32>(0.0)));
    if REMIXED {
        let m = uniforms.to_target;
        light = max(vec3<f32>(dot(m[0].xyz, light), dot(m[1].xyz, light), dot(m[2].xyz, light)), vec3<f32>(0.0));
    }
    if SOURCE != TARGET {
        light = min(shown(light), vec3<f32>(1.0));
        if TARGET == HLG {
            light *= pow(luminance(light), (1.0 - GAMMA) / GAMMA);
        }
    }
    return vec4<f32>(min(encoded(light), vec3<f32>(1.0)), color.w);
}
