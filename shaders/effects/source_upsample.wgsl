// Brings a source, such as a mask, from the size of its analysis to that of the frame: bilinear.
//
// input     analysed   one or two channels
// output    upsampled  the same, at the frame's size
// uniforms  window     the part of the source that the frame shows: corner and size as shares of its own
//           gain       factor of the values
// constants WIDTH, HEIGHT   size of the frame; SPREADS: beside the source, its edge goes on; otherwise it is 0 there

fn pixel(at: vec2<u32>) -> vec4<f32> {
    let size = vec2<i32>(textureDimensions(analysed));
    let frame = vec2<f32>(f32(WIDTH), f32(HEIGHT));
    let share = uniforms.window.xy + (vec2<f32>(at) + 0.5) / frame * uniforms.window.zw;
    if !SPREADS && (any(share < vec2<f32>(0.0)) || any(share > vec2<f32>(1.0))) {
        return vec4<f32>(0.0);
    }
    let place = clamp(share * vec2<f32>(size) - 0.5, vec2<f32>(0.0), vec2<f32>(size - 1));
    let corner = vec2<i32>(place);
    let f = place - vec2<f32>(corner);
    let last = min(corner + 1, size - 1);
    let above = mix(textureLoad(analysed, corner, 0), textureLoad(analysed, vec2<i32>(last.x, corner.y), 0), f.x);
    let below = mix(textureLoad(analysed, vec2<i32>(corner.x, last.y), 0), textureLoad(analysed, last, 0), f.x);
    return uniforms.gain * mix(above, below, f.y);
}
