// Turns and scales a flow, as the picture has been.
//
// input     flow       x and y, as shares of the height
// output    turned     the same
// uniforms  across     factors of x and y for the new x; down: for the new y

fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32> {
    return vec4<f32>(dot(color.xy, uniforms.across), dot(color.xy, uniforms.down), color.zw);
}
