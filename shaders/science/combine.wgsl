// Adds stars to the light of a volume that has fewer pixels.
//
// inputs    glow       scene-linear, at SMALL_WIDTH × SMALL_HEIGHT
//           stars      scene-linear, in the output's size
// output    scene      scene-linear
// constants WIDTH, HEIGHT of the output; SMALL_WIDTH, SMALL_HEIGHT

fn part(at: vec2<i32>) -> vec3<f32> {
    let inside = clamp(at, vec2<i32>(0), vec2<i32>(i32(SMALL_WIDTH) - 1, i32(SMALL_HEIGHT) - 1));
    return textureLoad(glow, vec2<u32>(inside), 0).xyz;
}

fn pixel(at: vec2<u32>) -> vec4<f32> {
    let scale = vec2<f32>(f32(SMALL_WIDTH), f32(SMALL_HEIGHT)) / vec2<f32>(f32(WIDTH), f32(HEIGHT));
    let place = (vec2<f32>(at) + 0.5) * scale - 0.5;
    let cell = floor(place);
    let f = place - cell;
    let first = vec2<i32>(cell);
    let top = mix(part(first), part(first + vec2<i32>(1, 0)), f.x);
    let bottom = mix(part(first + vec2<i32>(0, 1)), part(first + vec2<i32>(1, 1)), f.x);
    return vec4<f32>(mix(top, bottom, f.y) + textureLoad(stars, at, 0).xyz, 1.0);
}
