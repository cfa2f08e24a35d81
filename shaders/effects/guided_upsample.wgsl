// Guided upsample of a mask, last step: the mask at the size of the picture, with the edges of the picture.
//
// inputs    picture    scene-linear
//           analysed   the mask at the size of its analysis
//           factors, trust   see effects/guided_model.wgsl
// output    upsampled  0–1
// uniforms  window     the part of the mask that the picture shows: corner and size as shares of its own

// A regression falls short of 0 and 1 by about this.
const SHORTFALL = 0.06;

fn pixel(at: vec2<u32>) -> vec4<f32> {
    let size = vec2<i32>(textureDimensions(analysed));
    let share = uniforms.window.xy + (vec2<f32>(at) + 0.5) / vec2<f32>(textureDimensions(picture)) * uniforms.window.zw;
    if any(share < vec2<f32>(0.0)) || any(share > vec2<f32>(1.0)) {
        return vec4<f32>(0.0);
    }
    let place = clamp(share * vec2<f32>(size) - 0.5, vec2<f32>(0.0), vec2<f32>(size - 1));
    let a = vec2<i32>(place);
    let f = place - vec2<f32>(a);
    let d = min(a + 1, size - 1);
    let b = vec2<i32>(d.x, a.y);
    let c = vec2<i32>(a.x, d.y);
    let plain = mix(mix(textureLoad(analysed, a, 0).x, textureLoad(analysed, b, 0).x, f.x),
        mix(textureLoad(analysed, c, 0).x, textureLoad(analysed, d, 0).x, f.x), f.y);
    let sure = mix(mix(textureLoad(trust, a, 0).x, textureLoad(trust, b, 0).x, f.x),
        mix(textureLoad(trust, c, 0).x, textureLoad(trust, d, 0).x, f.x), f.y);
    if sure == 0.0 {
        return vec4<f32>(plain, 0.0, 0.0, 0.0);
    }
    let model = mix(mix(textureLoad(factors, a, 0), textureLoad(factors, b, 0), f.x),
        mix(textureLoad(factors, c, 0), textureLoad(factors, d, 0), f.x), f.y);
    let light = min(textureLoad(picture, at, 0).xyz, vec3<f32>(8.0));
    let fitted = (dot(model.xyz, light) + model.w - SHORTFALL) / (1.0 - 2.0 * SHORTFALL);
    return vec4<f32>(mix(plain, clamp(fitted, 0.0, 1.0), sure), 0.0, 0.0, 0.0);
}
