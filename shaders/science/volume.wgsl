// Extrudes a picture without its stars along the rays of the reference camera: the light of each column is divided
// among its slices, so that their sum, seen from there, is the picture again.
//
// A column lies around a height that rises with its density, and is thicker where it is denser. Noise on an integer
// lattice makes clumps of it. What is dense absorbs; slices behind give more light, by what is lost before them.
//
// input     base       scene-linear light, and the height 0–1 in alpha
// output    volume     the slices, COLUMNS in a row, the nearest first: light, and the share that is absorbed
// constants SLICES, COLUMNS, WIDTH, HEIGHT of a slice; HALF_WIDTH, HALF_HEIGHT of the picture in the scene; DEPTH, half
//           of the volume's; DISTANCE of the reference camera; OPACITY; SEED

fn lattice(at: vec3<i32>, octave: u32) -> f32 {
    let key = bitcast<vec3<u32>>(at) ^ vec3<u32>(SEED, SEED * 747796405u + octave, octave * 2891336453u);
    return f32(pcg3d(key).x >> 8u) * (1.0 / 16777216.0);
}

fn value_noise(place: vec3<f32>, octave: u32) -> f32 {
    let cell = floor(place);
    let f = place - cell;
    let s = f * f * f * (f * (f * 6.0 - 15.0) + 10.0);
    let at = vec3<i32>(cell);
    var near: array<f32, 4>;
    for (var n = 0; n < 4; n += 1) {
        let corner = at + vec3<i32>(0, n & 1, n >> 1u);
        near[n] = mix(lattice(corner, octave), lattice(corner + vec3<i32>(1, 0, 0), octave), s.x);
    }
    return mix(mix(near[0], near[1], s.y), mix(near[2], near[3], s.y), s.z);
}

fn fractal_noise(place: vec3<f32>) -> f32 {
    return value_noise(place, 0u) * 0.5 + value_noise(place * 2.03, 1u) * 0.27
        + value_noise(place * 4.11, 2u) * 0.15 + value_noise(place * 8.37, 3u) * 0.08;
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= WIDTH || id.y >= HEIGHT {
        return;
    }
    let column = textureLoad(base, id.xy, 0);
    let height = column.w;
    let across = ((f32(id.x) + 0.5) / f32(WIDTH) * 2.0 - 1.0) * HALF_WIDTH;
    let up = (1.0 - (f32(id.y) + 0.5) / f32(HEIGHT) * 2.0) * HALF_HEIGHT;
    let bend = fractal_noise(vec3<f32>(across * 0.9, up * 0.9, 17.5)) - 0.5;
    let middle = DEPTH * ((height - 0.5) * 1.1 + bend * 1.5);
    let thickness = DEPTH * (0.16 + 0.26 * height);
    var shares: array<f32, SLICES>;
    var sum = 0.0;
    for (var n = 0u; n < SLICES; n += 1u) {
        let z = DEPTH * (1.0 - f32(2u * n + 1u) / f32(SLICES));
        let spread = (DISTANCE - z) / DISTANCE;
        let away = (z - middle) / thickness;
        let clump = fractal_noise(vec3<f32>(across * spread, up * spread, z) * 2.6);
        shares[n] = exp(-0.5 * away * away) * (0.05 + smoothstep(0.36, 0.68, clump)) + 1e-6;
        sum += shares[n];
    }
    var through = 1.0;
    var seen = 0.0;
    for (var n = 0u; n < SLICES; n += 1u) {
        shares[n] /= sum;
        seen += through * shares[n];
        through *= exp(-OPACITY * height * shares[n]);
    }
    for (var n = 0u; n < SLICES; n += 1u) {
        let corner = vec2<u32>(n % COLUMNS * WIDTH, n / COLUMNS * HEIGHT);
        let absorbed = 1.0 - exp(-OPACITY * height * shares[n]);
        store_volume(corner + id.xy, vec4<f32>(column.xyz * (shares[n] / seen), absorbed));
    }
}
