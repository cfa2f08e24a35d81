// Radial lens distortion, or its inverse.
//
// input     picture    scene-linear
// output    distorted  scene-linear; transparent black where the source has no picture
// uniforms  origin     of the window in the full picture; size: of the full picture
//           k          k1, k2
//           unit       half of the diagonal in pixels
//           zoom       factor of places before the distortion
// constants INVERT
// source    D. C. Brown, "Decentering Distortion of Lenses", 1966: r × (1 + k1 r² + k2 r⁴)

fn ratio(square: f32) -> f32 {
    return 1.0 + square * (uniforms.k.x + square * uniforms.k.y);
}

// r with r × ratio(r²) = `distorted`, by Newton's method.
fn undistorted(distorted: f32) -> f32 {
    var r = distorted;
    for (var step = 0; step < 8; step++) {
        let square = r * r;
        let slope = 1.0 + square * (3.0 * uniforms.k.x + square * 5.0 * uniforms.k.y);
        r -= (r * ratio(square) - distorted) / max(slope, 1e-3);
    }
    return r;
}

fn pixel(at: vec2<u32>) -> vec4<f32> {
    let centre = vec2<f32>(uniforms.size) * 0.5;
    let place = vec2<f32>(vec2<i32>(at) + uniforms.origin) + 0.5 - centre;
    var factor: f32;
    if INVERT {
        let r = length(place) / uniforms.unit;
        factor = undistorted(r) / max(r, 1e-9) / uniforms.zoom;
    } else {
        let zoomed = place * (uniforms.zoom / uniforms.unit);
        factor = ratio(dot(zoomed, zoomed)) * uniforms.zoom;
    }
    let source = place * factor + centre;
    let covered = coverage(source, vec2<f32>(0.0), vec2<f32>(uniforms.size), 1.0);
    return cubic(picture, uniforms.origin, source) * covered;
}
