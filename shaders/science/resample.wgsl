// Resamples samples, their variance and their coverage to another grid: an adaptive, anti-aliased average.
//
// inputs    stored     value, variance, 1 where there is data, 1 where it was repaired, as bits of floats
//           nodes      positions in `stored` of every SPACING-th output pixel, x and y
// output    resampled  value, variance, coverage from 0 to 1, and the share of repaired data
// uniforms  size       width and height of `stored`
//           columns    nodes per row
//           scale      1, or 0 to multiply values by the ratio of the pixel areas
// constants SPACING
// source    DeForest, On Re-sampling of Solar Images, Solar Physics 219 (2004): a Gaussian of ±.65 output pixels at one
//           standard deviation, which is never narrower than ±.65 source pixels in any direction

const SHARPNESS = 1.18343;  // 1 / (2 × .65²), for exp(-SHARPNESS r²)
const REACH = 2.5;          // in output pixels: the Gaussian is .0006 there

fn pixel(at: vec2<u32>) -> vec4<f32> {
    let cell = at / SPACING;
    let part = vec2<f32>(at - cell * SPACING) / f32(SPACING);
    let first = cell.y * uniforms.columns + cell.x;
    let a = nodes[first];
    let b = nodes[first + 1u];
    let c = nodes[first + uniforms.columns];
    let d = nodes[first + uniforms.columns + 1u];
    let place = mix(mix(a, b, part.x), mix(c, d, part.x), part.y);
    // Columns of the Jacobian: source pixels per output pixel.
    let across = mix(b - a, d - c, part.y) / f32(SPACING);
    let down = mix(c - a, d - b, part.x) / f32(SPACING);
    let area = abs(across.x * down.y - across.y * down.x);
    // The output pixel's ellipse in the source: J Jᵀ, whose axes must be at least one source pixel.
    let xx = across.x * across.x + down.x * down.x;
    let yy = across.y * across.y + down.y * down.y;
    let xy = across.x * across.y + down.x * down.y;
    let middle = 0.5 * (xx + yy);
    let apart = sqrt(max(0.25 * (xx - yy) * (xx - yy) + xy * xy, 0.0));
    let long = middle + apart;
    let short = middle - apart;
    let grown = vec2<f32>(max(long, 1.0), max(short, 1.0));
    // (J Jᵀ)⁻¹ with grown axes: p along the long axis, q along the short one.
    var direction = vec2<f32>(1.0, 0.0);
    if apart > 1e-7 * middle {
        let candidate = select(vec2<f32>(xy, long - xx), vec2<f32>(long - yy, xy), xx >= yy);
        direction = candidate / length(candidate);
    }
    let normal = vec2<f32>(-direction.y, direction.x);
    // The half size of a box around the ellipse of REACH.
    let extent = REACH * sqrt(grown.x * direction * direction + grown.y * normal * normal);
    // A position without a place in the source is NaN, for which comparisons are false.
    if !(all(place + extent >= vec2<f32>(0.0)) && all(place - extent < vec2<f32>(uniforms.size))) {
        return vec4<f32>(0.0);
    }
    let low = vec2<i32>(ceil(place - extent));
    let high = vec2<i32>(floor(place + extent));
    var sum = vec4<f32>(0.0);
    var whole = 0.0;
    // Places outside the source count as places without data.
    for (var y = low.y; y <= high.y; y++) {
        for (var x = low.x; x <= high.x; x++) {
            let away = vec2<f32>(f32(x), f32(y)) - place;
            let along = dot(away, direction);
            let beside = dot(away, normal);
            let distance = along * along / grown.x + beside * beside / grown.y;
            if distance <= REACH * REACH {
                let weight = exp(-SHARPNESS * distance);
                whole += weight;
                let tap = vec2<i32>(x, y);
                if all(tap >= vec2<i32>(0)) && all(tap < vec2<i32>(uniforms.size)) {
                    let found = bitcast<vec4<f32>>(textureLoad(stored, tap));
                    let used = weight * found.z;
                    sum += vec4<f32>(used * found.x, used * used * found.y, used, used * found.w);
                }
            }
        }
    }
    if !(sum.z > 0.0) {
        return vec4<f32>(0.0);
    }
    let factor = select(area, 1.0, uniforms.scale > 0.5);
    let value = factor * sum.x / sum.z;
    let variance = factor * factor * sum.y / (sum.z * sum.z);
    return vec4<f32>(value, variance, sum.z / whole, sum.w / sum.z);
}
