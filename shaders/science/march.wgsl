// Marches the rays of a camera through a volume, with a step at each slice, where nothing is interpolated along z.
//
// input     volume     see volume.wgsl
// output    glow       scene-linear light; alpha is the share of the light behind the volume that it absorbs
// uniforms  eye        the camera's place
//           axes       its directions to the right, up and forward
// constants SLICES, COLUMNS, WIDTH, HEIGHT, HALF_WIDTH, HALF_HEIGHT, DEPTH, DISTANCE: see volume.wgsl; ACROSS, DOWN of
//           the output; ASPECT of the frame; NEAREST depth that is shown

fn texel(at: vec2<i32>, corner: vec2<i32>) -> vec4<f32> {
    let inside = clamp(at, vec2<i32>(0), vec2<i32>(i32(WIDTH) - 1, i32(HEIGHT) - 1));
    return textureLoad(volume, vec2<u32>(corner + inside), 0);
}

fn pixel(at: vec2<u32>) -> vec4<f32> {
    let place = (vec2<f32>(at) + 0.5) / vec2<f32>(ACROSS, DOWN) * 2.0 - 1.0;
    let ray = uniforms.axes[2].xyz
        + (uniforms.axes[0].xyz * (place.x * ASPECT) - uniforms.axes[1].xyz * place.y) / DISTANCE;
    let eye = uniforms.eye.xyz;
    var light = vec3<f32>(0.0);
    var through = 1.0;
    let step = 1.0 / ray.z;
    let scale = vec2<f32>(f32(WIDTH), -f32(HEIGHT)) * 0.5 / vec2<f32>(HALF_WIDTH, HALF_HEIGHT);
    let middle = vec2<f32>(f32(WIDTH), f32(HEIGHT)) * 0.5 - 0.5;
    let size = vec2<f32>(f32(WIDTH), f32(HEIGHT));
    for (var count = 0u; count < SLICES; count += 1u) {
        // The nearest slice first, also from behind.
        let n = select(SLICES - 1u - count, count, ray.z < 0.0);
        let z = DEPTH * (1.0 - f32(2u * n + 1u) / f32(SLICES));
        let depth = (z - eye.z) * step;
        let there = (eye.xy + ray.xy * depth) * (DISTANCE / (DISTANCE - z)) * scale + middle;
        if depth > NEAREST && all(there > vec2<f32>(-0.5)) && all(there < size - 0.5) {
            let cell = floor(there);
            let f = there - cell;
            let first = vec2<i32>(cell);
            let corner = vec2<i32>(vec2<u32>(n % COLUMNS * WIDTH, n / COLUMNS * HEIGHT));
            let top = mix(texel(first, corner), texel(first + vec2<i32>(1, 0), corner), f.x);
            let bottom = mix(texel(first + vec2<i32>(0, 1), corner), texel(first + vec2<i32>(1, 1), corner), f.x);
            // A slice that the camera passes fades out.
            let found = mix(top, bottom, f.y) * smoothstep(NEAREST, NEAREST * 4.0, depth);
            light += through * found.xyz;
            through *= 1.0 - found.w;
        }
    }
    return vec4<f32>(light, 1.0 - through);
}
