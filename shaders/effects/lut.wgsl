// Applies a lookup table: codes, then a tetrahedral lookup in a cube of codes, then back to light.
//
// Without CURVED, the codes are ACEScct, and light above code 1 (222.9) or below 0 (−0.0069) is clamped. With it, they are
// those of other colour spaces, each a matrix and a curve.
//
// input     picture    scene-linear
// output    looked     scene-linear
// tables    nodes      STEPS³ nodes, red slowest
//           curves     first row: codes over ACEScct of light in the space before the cube, from LOW to HIGH; second row:
//                      light in the space after it over codes 0–1
// uniforms  to_linear, to_acescg   matrices to the space before the cube, and from the one after it
//           share      of the result in the picture, 0–1
// constants STEPS, CURVED, CURVE_STEPS, LOW, HIGH
// source    see common/tetrahedron.wgsl

fn node(at: vec3<u32>) -> vec3<f32> {
    return textureLoad(nodes, at.zyx).xyz;
}

fn curve(row: u32, place: vec3<f32>) -> vec3<f32> {
    let bounded = clamp(place, vec3<f32>(0.0), vec3<f32>(1.0)) * f32(CURVE_STEPS - 1u);
    let cell = min(vec3<u32>(bounded), vec3<u32>(CURVE_STEPS - 2u));
    let low = vec3<f32>(
        textureLoad(curves, vec3<u32>(cell.x, row, 0u)).x,
        textureLoad(curves, vec3<u32>(cell.y, row, 0u)).x,
        textureLoad(curves, vec3<u32>(cell.z, row, 0u)).x,
    );
    let high = vec3<f32>(
        textureLoad(curves, vec3<u32>(cell.x + 1u, row, 0u)).x,
        textureLoad(curves, vec3<u32>(cell.y + 1u, row, 0u)).x,
        textureLoad(curves, vec3<u32>(cell.z + 1u, row, 0u)).x,
    );
    return mix(low, high, bounded - vec3<f32>(cell));
}

fn multiplied(m: array<vec4<f32>, 3>, color: vec3<f32>) -> vec3<f32> {
    return vec3<f32>(dot(m[0].xyz, color), dot(m[1].xyz, color), dot(m[2].xyz, color));
}

fn encoded(light: vec3<f32>) -> vec3<f32> {
    if CURVED {
        return curve(0u, (acescct(multiplied(uniforms.to_linear, light)) - LOW) / (HIGH - LOW));
    }
    return acescct(light);
}

fn decoded(code: vec3<f32>) -> vec3<f32> {
    if CURVED {
        return multiplied(uniforms.to_acescg, curve(1u, code));
    }
    return from_acescct(code);
}

fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32> {
    let alpha = max(color.w, 1e-6);
    let code = clamp(encoded(color.xyz / alpha), vec3<f32>(0.0), vec3<f32>(1.0));
    let place = code * f32(STEPS - 1u);
    let corners = tetrahedron(place, STEPS);
    let mixed = corners.weights.x * node(corners.darkest) + corners.weights.y * node(corners.second)
        + corners.weights.z * node(corners.third) + corners.weights.w * node(corners.brightest);
    return vec4<f32>(mix(color.xyz, decoded(mixed) * alpha, uniforms.share), color.w);
}
