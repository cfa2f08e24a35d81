// Optical flow: a flow with the change that its refinement found.
//
// inputs    flow_x, flow_y  motion in pixels, four pixels of a row a texel
//           change     x and y as half floats, four pixels a texel
// outputs   refined_x, refined_y  as flow_x, flow_y

struct Refined { refined_x: vec4<f32>, refined_y: vec4<f32> };

fn pixel(at: vec2<u32>) -> Refined {
    let words = textureLoad(change, at);
    let a = unpack2x16float(words.x);
    let b = unpack2x16float(words.y);
    let c = unpack2x16float(words.z);
    let d = unpack2x16float(words.w);
    return Refined(
        textureLoad(flow_x, at, 0) + vec4<f32>(a.x, b.x, c.x, d.x),
        textureLoad(flow_y, at, 0) + vec4<f32>(a.y, b.y, c.y, d.y),
    );
}
