// Scene-linear ACEScg through a view that OpenColorIO baked: a shaper a channel, then a cube, tetrahedrally.
//
// The cube is read at its own nodes and mixed here: nothing depends on how a GPU rounds its filters, nor on where the
// half of a texel lies.
//
// input     picture    scene-linear ACEScg
// output    display    R′G′B′ code values 0–1
// tables    cube       STEPS³ nodes, red slowest
// constants STEPS, and the shaper's OFFSET, TOP, KNEE, BEND: see engine.picture.color.Shaper
// source    tetrahedral interpolation: Kasson et al., "Performing color space conversions with
//           three-dimensional linear interpolation", JEI 4(3), 1995

fn node(at: vec3<u32>) -> vec3<f32> {
    return textureLoad(cube, at.zyx, 0).xyz;
}

fn shaped(light: vec3<f32>) -> vec3<f32> {
    let x = clamp(light, vec3<f32>(0.0), vec3<f32>(TOP));
    if BEND == 0.0 {
        return log2(1.0 + x / OFFSET) * SCALE;
    }
    return (log2(1.0 + x / OFFSET) - BEND * log2(1.0 + x / KNEE)) * SCALE;
}

fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32> {
    let place = shaped(color.xyz);
    let cell = min(vec3<u32>(place), vec3<u32>(STEPS - 2u));
    let f = place - vec3<f32>(cell);
    let largest = max(f.x, max(f.y, f.z));
    let smallest = min(f.x, min(f.y, f.z));
    let middle = f.x + f.y + f.z - largest - smallest;
    // The path from the cell's dark corner to its bright one goes along the largest fraction first.
    let up_x = f.x >= f.y && f.x >= f.z;
    let up_y = !up_x && f.y >= f.z;
    let first = vec3<u32>(u32(up_x), u32(up_y), u32(!up_x && !up_y));
    let down_z = f.z <= f.x && f.z <= f.y && first.z == 0u;
    let down_y = !down_z && f.y <= f.x && first.y == 0u;
    let second = vec3<u32>(1u) - vec3<u32>(u32(!down_z && !down_y), u32(down_y), u32(down_z));
    let mixed = (1.0 - largest) * node(cell) + (largest - middle) * node(cell + first)
        + (middle - smallest) * node(cell + second) + smallest * node(cell + vec3<u32>(1u));
    return vec4<f32>(mixed, color.w);
}
