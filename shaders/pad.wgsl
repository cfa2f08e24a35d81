// Places a picture over a background of the frame's size, in linear light.
//
// inputs    picture      linear light
//           background   linear light, as large as the frame
// output    framed       linear light
// uniforms  place        position of the picture's top-left corner in the frame
//           shown        the picture's size

fn pixel(at: vec2<u32>) -> vec4<f32> {
    let inside = vec2<i32>(at) - uniforms.place;
    let shown = all(inside >= vec2<i32>(0)) && all(inside < uniforms.shown);
    let held = textureLoad(picture, vec2<u32>(clamp(inside, vec2<i32>(0), uniforms.shown - 1)), 0).xyz;
    return vec4<f32>(select(textureLoad(background, at, 0).xyz, held, shown), 1.0);
}
