// Applies a view baked by OpenColorIO to scene-linear ACEScg: a shaper per channel, then a tetrahedral cube lookup.
//
// The shader reads the cube's nodes and interpolates itself, so that the result does not depend on the precision of a
// GPU's texture filter or on texel offsets.
//
// input     picture    scene-linear ACEScg
// output    display    R′G′B′ code values 0–1
// tables    nodes      STEPS³ nodes, red slowest, 16 bits per channel in two words
// constants STEPS, and the shaper's OFFSET, TOP, KNEE, BEND, SCALE: see engine.picture.color.Shaper
// source    tetrahedral interpolation: Kasson et al., "Performing color space conversions with
//           three-dimensional linear interpolation", JEI 4(3), 1995

const RED = vec3<u32>(1u, 0u, 0u);
const GREEN = vec3<u32>(0u, 1u, 0u);
const BLUE = vec3<u32>(0u, 0u, 1u);

fn node(at: vec3<u32>) -> vec3<f32> {
    let words = textureLoad(nodes, at.zyx);
    return vec3<f32>(vec3<i32>(vec3<u32>(words.x & 0xffffu, words.x >> 16u, words.y)));
}

// log2 for 1 and above, within 9e-6. lavapipe's own costs three times as much, because it also takes 0 and infinity.
fn logarithm(x: vec3<f32>) -> vec3<f32> {
    let bits = bitcast<vec3<i32>>(x);
    let m = bitcast<vec3<f32>>((bits & vec3<i32>(0x7fffff)) | vec3<i32>(0x3f800000)) - 1.0;
    let low = 1.4426833 + m * (-0.72044237 + m * 0.46930169);
    let share = m * (low + m * m * m * (-0.30338966 + m * (0.14643361 - 0.03459521 * m)));
    return vec3<f32>((bits >> vec3<u32>(23u)) - vec3<i32>(127)) + share;
}

fn shaped(light: vec3<f32>) -> vec3<f32> {
    let x = clamp(light, vec3<f32>(0.0), vec3<f32>(TOP));
    let even = logarithm(1.0 + x * (1.0 / OFFSET));
    if BEND == 0.0 {
        return even * SCALE;
    }
    return (even - BEND * logarithm(1.0 + x * (1.0 / KNEE))) * SCALE;
}

fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32> {
    let place = shaped(color.xyz);
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
    return vec4<f32>(mixed / 65535.0, color.w);
}
