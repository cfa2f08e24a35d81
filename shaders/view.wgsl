// Applies a view baked by OpenColorIO to scene-linear ACEScg: a shaper per channel, then a tetrahedral cube lookup.
//
// The shader reads the cube's nodes and interpolates itself, so that the result does not depend on the precision of a
// GPU's texture filter or on texel offsets.
//
// input     picture    scene-linear ACEScg
// output    display    R′G′B′ code values 0–1
// tables    nodes      STEPS³ nodes, red slowest, 16 bits per channel in two words
// constants STEPS, and the shaper's OFFSET, TOP, KNEE, BEND, SCALE: see engine.picture.color.Shaper

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
    let corners = tetrahedron(place, STEPS);
    let mixed = corners.weights.x * node(corners.darkest) + corners.weights.y * node(corners.second)
        + corners.weights.z * node(corners.third) + corners.weights.w * node(corners.brightest);
    return vec4<f32>(mixed / 65535.0, color.w);
}
