// Sharpening, second half: a Gaussian along the columns, and the difference between the picture and it.
//
// A sharpened pixel stays between the darkest and the brightest of nine pixels around, widened by a share of their difference.
//
// inputs    picture    scene-linear
//           rows       the picture after effects/sharpen_rows.wgsl
// output    sharpened  scene-linear
// uniforms  see effects/sharpen_rows.wgsl
//           amount     of the difference; halo: share of the local contrast by which the result may exceed it
// constants RADIUS     of the filter; STEP: distance of the nine pixels

fn pixel(at: vec2<u32>) -> vec4<f32> {
    let last = vec2<i32>(textureDimensions(picture)) - 1;
    let here = vec2<i32>(at);
    let color = textureLoad(picture, here, 0);
    var weight = uniforms.centre;
    var ratio = uniforms.ratio;
    var soft = weight * textureLoad(rows, here, 0);
    for (var step = 1; step <= i32(RADIUS); step++) {
        weight *= ratio;
        ratio *= uniforms.bend;
        soft += weight * (textureLoad(rows, vec2<i32>(here.x, max(here.y - step, 0)), 0)
            + textureLoad(rows, vec2<i32>(here.x, min(here.y + step, last.y)), 0));
    }
    var darkest = color;
    var brightest = color;
    let first = max(here - i32(STEP), vec2<i32>(0));
    let end = min(here + i32(STEP), last);
    var xs = array<i32, 3>(first.x, here.x, end.x);
    var ys = array<i32, 3>(first.y, here.y, end.y);
    for (var row = 0; row < 3; row++) {
        for (var column = 0; column < 3; column++) {
            let near = textureLoad(picture, vec2<i32>(xs[column], ys[row]), 0);
            darkest = min(darkest, near);
            brightest = max(brightest, near);
        }
    }
    let margin = (brightest - darkest) * uniforms.halo;
    let changed = color + (color - soft) * uniforms.amount;
    let limited = clamp(changed, darkest - margin, brightest + margin);
    // A Gaussian needs no limit.
    return vec4<f32>(select(changed, limited, uniforms.amount > 0.0).xyz, color.w);
}
