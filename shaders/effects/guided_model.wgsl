// Guided upsample of a mask, fourth step: the linear function of light that fits the mask around each cell.
//
// Cells that are surely a person or surely background count most, so the function separates their colours where the mask
// itself is soft or a little beside the edge.
//
// inputs    analysed   the mask
//           cells      see effects/guided_cells.wgsl
//           near       see effects/guided_near.wgsl
// outputs   factors    of red, green and blue light, and the constant
//           trust      0–1: how far the function explains the mask
// constants BLOCK; RADIUS: of the neighbourhood in cells
//
// Source: the linear model of He, Sun, Tang: Guided image filtering, IEEE TPAMI 35(6), 2013.

struct Model { factors: vec4<f32>, trust: vec4<f32> };

// The noise of light, as a share of the light and some darkness.
const NOISE = 0.04;
const DARK = 0.02;

fn pixel(at: vec2<u32>) -> Model {
    if textureLoad(near, at / u32(BLOCK), 0).x == 0.0 {
        return Model(vec4<f32>(0.0), vec4<f32>(0.0));
    }
    let here = vec2<i32>(at);
    let last = vec2<i32>(textureDimensions(analysed)) - 1;
    let first = max(here - i32(RADIUS), vec2<i32>(0));
    let end = min(here + i32(RADIUS), last);
    // Sums of the differences to this cell, which are smaller than the values.
    let origin = textureLoad(cells, here, 0).xyz;
    var total = 0.0;
    var light = vec3<f32>(0.0);
    var value = 0.0;
    var square = 0.0;
    var covariance = vec3<f32>(0.0);
    var own = vec3<f32>(0.0);
    var mixed = vec3<f32>(0.0);
    for (var y = first.y; y <= end.y; y++) {
        for (var x = first.x; x <= end.x; x++) {
            let cell = textureLoad(cells, vec2<i32>(x, y), 0);
            let alpha = textureLoad(analysed, vec2<i32>(x, y), 0).x;
            let sure = (2.0 * alpha - 1.0) * (2.0 * alpha - 1.0);
            let weight = (sure * sure + 1e-4) * cell.w;
            let color = cell.xyz - origin;
            total += weight;
            light += weight * color;
            value += weight * alpha;
            square += weight * alpha * alpha;
            covariance += weight * alpha * color;
            own += weight * color * color;
            mixed += weight * color * color.yzx;
        }
    }
    if total == 0.0 {
        return Model(vec4<f32>(0.0), vec4<f32>(0.0));
    }
    light /= total;
    value /= total;
    let variance = square / total - value * value;
    covariance = covariance / total - value * light;
    let mean = light + origin;
    let noise = NOISE * (max((mean.x + mean.y + mean.z) / 3.0, 0.0) + DARK);
    own = own / total - light * light + noise * noise;
    mixed = mixed / total - light * light.yzx;
    // Cholesky decomposition of the matrix: the diagonal `own`, and beside it xy, yz and zx of `mixed`.
    let a = sqrt(own.x);
    let b = mixed.x / a;
    let c = mixed.z / a;
    let d = sqrt(max(own.y - b * b, 1e-12));
    let e = (mixed.y - b * c) / d;
    let f = sqrt(max(own.z - c * c - e * e, 1e-12));
    let p = covariance.x / a;
    let q = (covariance.y - b * p) / d;
    let r = (covariance.z - c * p - e * q) / f;
    let blue = r / f;
    let green = (q - e * blue) / d;
    let red = (p - b * green - c * blue) / a;
    let factors = vec3<f32>(red, green, blue);
    let explained = dot(factors, covariance) / max(variance, 1e-6);
    let trust = smoothstep(0.4, 0.8, explained) * smoothstep(0.0, 0.03, variance);
    return Model(vec4<f32>(factors, value - dot(factors, mean)), vec4<f32>(trust, 0.0, 0.0, 0.0));
}
