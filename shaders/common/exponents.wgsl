// Logarithm and power of two within 3.3e-7 and 1.4e-7 (relative), exact at powers of two. lavapipe's own cost three
// times as much, because they also take zero, infinity and denormal numbers. The polynomials are fitted for the least
// error, with f(0) = 0 and f(1) = 1.

// For x from 2^-126 to the largest float.
fn logarithm2(x: vec3<f32>) -> vec3<f32> {
    let bits = bitcast<vec3<i32>>(x);
    let m = bitcast<vec3<f32>>((bits & vec3<i32>(0x7fffff)) | vec3<i32>(0x3f800000)) - 1.0;
    let low = 0.44266644 + m * (-0.27788775 + m * 0.19543611);
    let high = -0.1297031 + m * (0.06332512 - 0.01520882 * m);
    let share = m + m * (1.0 - m) * (low + m * m * m * high);
    return vec3<f32>((bits >> vec3<u32>(23u)) - vec3<i32>(127)) + share;
}

// Clamps x to −126…127.
fn power2(x: vec3<f32>) -> vec3<f32> {
    let bounded = clamp(x, vec3<f32>(-126.0), vec3<f32>(127.0));
    let whole = floor(bounded);
    let f = bounded - whole;
    let bend = -0.30684702 + f * (-0.0666999 + f * (-0.0108446 - 0.00189685 * f));
    let share = 1.0 + f + f * (1.0 - f) * bend;
    return share * bitcast<vec3<f32>>((vec3<i32>(whole) + 127) << vec3<u32>(23u));
}
