// Point: a function of a user for each pixel, which was checked before (engine/point_shader).
//
// input     picture    scene-linear
// output    pointed    scene-linear
// uniforms  middle: the optical axis in pixels of the window; scale: from pixels to shares of the height;
//           first, second: the numbers that the look sets; amount: the share that is applied
// The function `looked` is generated: it calls the user's function with these numbers.

fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32> {
    let alpha = max(color.w, 1e-6);
    let place = (vec2<f32>(at) - uniforms.middle) * uniforms.scale;
    let before = color.xyz / alpha;
    let light = mix(before, looked(before, place), uniforms.amount);
    // What is beyond half floats would become infinite, and later passes would spread it.
    let kept = clamp(light, vec3<f32>(-65504.0), vec3<f32>(65504.0));
    return vec4<f32>(kept * alpha, color.w);
}
