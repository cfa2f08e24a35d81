// Lateral chromatic aberration: red and blue are larger or smaller than green.
//
// input     picture    scene-linear
// output    fringed    scene-linear
// uniforms  origin     of the window in the full picture; size: of the full picture
//           factors    of places in red and in blue

fn pixel(at: vec2<u32>) -> vec4<f32> {
    let centre = vec2<f32>(uniforms.size) * 0.5;
    let place = vec2<f32>(vec2<i32>(at) + uniforms.origin) + 0.5 - centre;
    let red = cubic(picture, uniforms.origin, place * uniforms.factors.x + centre);
    let blue = cubic(picture, uniforms.origin, place * uniforms.factors.y + centre);
    let here = textureLoad(picture, at, 0);
    return vec4<f32>(red.x, here.y, blue.z, here.w);
}
