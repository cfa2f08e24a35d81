// The path of tetrahedral interpolation through a cell of a cube.
//
// source    Kasson et al., "Performing color space conversions with three-dimensional linear interpolation", JEI 4(3),
//           1995

// Four corners of a cell and their weights, which add up to 1.
struct Tetrahedron {
    darkest: vec3<u32>,
    second: vec3<u32>,
    third: vec3<u32>,
    brightest: vec3<u32>,
    weights: vec4<f32>,
};

// The corners around a place from 0 to `steps` - 1 along each axis.
fn tetrahedron(place: vec3<f32>, steps: u32) -> Tetrahedron {
    let red = vec3<u32>(1u, 0u, 0u);
    let green = vec3<u32>(0u, 1u, 0u);
    let blue = vec3<u32>(0u, 0u, 1u);
    let cell = min(vec3<u32>(place), vec3<u32>(steps - 2u));
    let f = place - vec3<f32>(cell);
    let bright = cell + vec3<u32>(1u);
    let largest = max(f.x, max(f.y, f.z));
    let smallest = min(f.x, min(f.y, f.z));
    let middle = f.x + f.y + f.z - largest - smallest;
    // The path from the cell's darkest corner to its brightest follows the axes in order of decreasing fraction.
    let x_before_y = f.x >= f.y;
    let y_before_z = f.y >= f.z;
    let x_before_z = f.x >= f.z;
    let first = select(select(blue, green, y_before_z), select(blue, red, x_before_z), x_before_y);
    let last = select(select(red, blue, x_before_z), select(green, blue, y_before_z), x_before_y);
    let weights = vec4<f32>(1.0 - largest, largest - middle, middle - smallest, smallest);
    return Tetrahedron(cell, cell + first, bright - last, bright, weights);
}
