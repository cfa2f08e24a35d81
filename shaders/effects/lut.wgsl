// Applies a lookup table: ACEScct, then a tetrahedral lookup in a cube of ACEScct codes, then back to light.
//
// Light above ACEScct code 1 (222.9) or below 0 (−0.0069) is clamped.
//
// input     picture    scene-linear
// output    looked     scene-linear
// tables    nodes      STEPS³ nodes, red slowest
// uniforms  share      of the result in the picture, 0–1
// constants STEPS
// source    see view.wgsl

const RED = vec3<u32>(1u, 0u, 0u);
const GREEN = vec3<u32>(0u, 1u, 0u);
const BLUE = vec3<u32>(0u, 0u, 1u);

fn node(at: vec3<u32>) -> vec3<f32> {
    return textureLoad(nodes, at.zyx).xyz;
}

fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32> {
    let alpha = max(color.w, 1e-6);
    let code = clamp(acescct(color.xyz / alpha), vec3<f32>(0.0), vec3<f32>(1.0));
    let place = code * f32(STEPS - 1u);
    let cell = min(vec3<u32>(place), vec3<u32>(STEPS - 2u));
    let f = place - vec3<f32>(cell);
    let bright = cell + RED + GREEN + BLUE;
    let largest = max(f.x, max(f.y, f.z));
    let smallest = min(f.x, min(f.y, f.z));
    let middle = f.x + f.y + f.z - largest - smallest;
    // The path from the cell's darkest corner to its brightest follows the axes in order of decreasing fraction.
    let x_before_y = f.x >= f.y;
    let y_before_z = f.y >= f.z;
    let x_before_z = f.x >= f.z;
    let first = select(select(BLUE, GREEN, y_before_z), select(BLUE, RED, x_before_z), x_before_y);
    let last = select(select(RED, BLUE, x_before_z), select(GREEN, BLUE, y_before_z), x_before_y);
    let mixed = (1.0 - largest) * node(cell) + (largest - middle) * node(cell + first)
        + (middle - smallest) * node(bright - last) + smallest * node(bright);
    return vec4<f32>(mix(color.xyz, from_acescct(mixed) * alpha, uniforms.share), color.w);
}
