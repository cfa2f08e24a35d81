// Draws stars as the streaks that they leave while the shutter is open. The pixels of a star add up to its light, which
// falls with the square of its distance.
//
// attributes place     in the scene, and the distance at which the star has its light
//            light     scene-linear, in pixels of the output
// uniforms  opened, closed   the matrices from the scene to right, up and depth at the ends of the exposure
// constants ACROSS, DOWN of the output; ASPECT; DISTANCE, the focal length in half heights; NEAREST; DEVIATION of the
//           point-spread function in pixels; HALO, a share of bright stars with a deviation that is WIDER times as large
// source    erf: M. Abramowitz, I. Stegun, "Handbook of Mathematical Functions", 7.1.26

struct Varying {
    @builtin(position) position: vec4<f32>,
    // Pixels along the streak and across it, and the streak's length.
    @location(0) place: vec3<f32>,
    @location(1) light: vec4<f32>,
};

fn seen(place: vec3<f32>, to_view: array<vec4<f32>, 3>) -> vec3<f32> {
    let whole = vec4<f32>(place, 1.0);
    return vec3<f32>(dot(to_view[0], whole), dot(to_view[1], whole), dot(to_view[2], whole));
}

fn on_screen(view: vec3<f32>) -> vec2<f32> {
    let ndc = view.xy * vec2<f32>(1.0 / ASPECT, -1.0) * (DISTANCE / max(view.z, NEAREST));
    return (ndc * 0.5 + 0.5) * vec2<f32>(ACROSS, DOWN);
}

fn vertex(given: Attributes, corner: u32) -> Varying {
    let first = seen(given.place.xyz, uniforms.opened);
    let last = seen(given.place.xyz, uniforms.closed);
    let depth = 0.5 * (first.z + last.z);
    let start = on_screen(first);
    let way = on_screen(last) - start;
    let far = length(way);
    let along = select(vec2<f32>(1.0, 0.0), way / max(far, 1e-6), far > 1e-4);
    let nearer = given.place.w / max(depth, NEAREST);
    let fade = smoothstep(NEAREST, NEAREST * 4.0, min(first.z, last.z));
    let light = given.light.xyz * (nearer * nearer * fade);
    let halo = select(0.0, HALO, max(light.x, max(light.y, light.z)) > 4.0);
    let reach = DEVIATION * select(4.0, 4.0 * WIDER, halo > 0.0);
    // Two triangles, of the corners 0, 1, 2 and 2, 1, 3.
    let turned = (0x312210u >> (corner * 4u)) & 3u;
    let side = vec2<f32>(f32(turned & 1u), f32(turned >> 1u));
    let place = vec2<f32>(mix(-reach, far + reach, side.x), mix(-reach, reach, side.y));
    let at = start + along * place.x + vec2<f32>(-along.y, along.x) * place.y;
    let ndc = at / vec2<f32>(ACROSS, DOWN) * vec2<f32>(2.0, -2.0) + vec2<f32>(-1.0, 1.0);
    let shown = fade > 0.0;
    return Varying(
        vec4<f32>(select(vec2<f32>(4.0), ndc, shown), 0.0, 1.0), vec3<f32>(place, far), vec4<f32>(light, halo)
    );
}

fn error_function(x: f32) -> f32 {
    let t = 1.0 / (1.0 + 0.3275911 * abs(x));
    let poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
    return sign(x) * (1.0 - poly * exp(-x * x));
}

// A Gaussian, moved over `far` pixels along x; its integral is 1.
fn streak(place: vec2<f32>, far: f32, deviation: f32) -> f32 {
    let across = exp(-0.5 * place.y * place.y / (deviation * deviation)) / (deviation * 2.5066283);
    if far < 0.3 {
        let away = place.x - 0.5 * far;
        return across * exp(-0.5 * away * away / (deviation * deviation)) / (deviation * 2.5066283);
    }
    let scale = 0.70710678 / deviation;
    return across * 0.5 * (error_function(place.x * scale) - error_function((place.x - far) * scale)) / far;
}

fn pixel(given: Varying) -> vec4<f32> {
    var share = streak(given.place.xy, given.place.z, DEVIATION) * (1.0 - given.light.w);
    if given.light.w > 0.0 {
        share += streak(given.place.xy, given.place.z, DEVIATION * WIDER) * given.light.w;
    }
    return vec4<f32>(given.light.xyz * share, 0.0);
}
