// Guided upsample of a mask, third step: the mean light of the picture in each cell of the mask.
//
// inputs    picture    scene-linear
//           near       see effects/guided_near.wgsl
// output    cells      mean light, and 1 if the picture shows the cell; 0 far from edges
// uniforms  window     the part of the mask that the picture shows: corner and size as shares of its own
// constants BLOCK; COLUMNS, ROWS: size of the mask

// Brighter light counts as this: a lamp would outweigh all other colours.
const BRIGHTEST = 8.0;

fn pixel(at: vec2<u32>) -> vec4<f32> {
    if textureLoad(near, at / u32(BLOCK), 0).y == 0.0 {
        return vec4<f32>(0.0);
    }
    let size = vec2<f32>(textureDimensions(picture));
    let cells = vec2<f32>(f32(COLUMNS), f32(ROWS));
    // The pixels from the cell's corner to the next one's; a division may end just below a whole number.
    let low = (vec2<f32>(at) * size / cells - uniforms.window.xy * size) / uniforms.window.zw;
    let high = (vec2<f32>(at + 1) * size / cells - uniforms.window.xy * size) / uniforms.window.zw;
    let middle = 0.5 * (low + high);
    if any(middle < vec2<f32>(0.0)) || any(middle > size) {
        return vec4<f32>(0.0);
    }
    let last = vec2<i32>(size) - 1;
    let first = clamp(vec2<i32>(floor(low + 1e-3)), vec2<i32>(0), last);
    let end = clamp(vec2<i32>(floor(high + 1e-3)), first + 1, last + 1);
    var sum = vec3<f32>(0.0);
    for (var y = first.y; y < end.y; y++) {
        for (var x = first.x; x < end.x; x++) {
            sum += min(textureLoad(picture, vec2<i32>(x, y), 0).xyz, vec3<f32>(BRIGHTEST));
        }
    }
    let count = (end - first).x * (end - first).y;
    return vec4<f32>(sum / f32(count), 1.0);
}
