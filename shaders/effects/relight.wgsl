// Relights people and what is behind them.
//
// inputs    picture    scene-linear
//           mask       0–1 in the first channel: 1 is a person
//           behind, person   cells of the background and of people, light × weight and weight
//           relief     cells of a smooth height, in the first channel
// output    relit      scene-linear
// uniforms  origin     of the window in the full picture, in pixels; near_first: the first cell of the background
//           sizes      pixels of the full picture, cells of the relief; window: its first cell and number of cells
//           light      direction to the light in the picture, x and y
//           slope      factor of the height's gradient
//           stops      gain of people, and that of the side towards the light; background: gain, all in stops
// constants NEAR       size of the background's cells in pixels

// The gradient of the relief per pixel, by a quadratic B-spline of its cells.
fn gradient_at(at: vec2<u32>) -> vec2<f32> {
    let cells = vec2<f32>(uniforms.sizes.zw) / vec2<f32>(uniforms.sizes.xy);
    let place = (vec2<f32>(vec2<i32>(at) + uniforms.origin) + 0.5) * cells - 0.5;
    let centre = floor(place + 0.5);
    let f = place - centre;
    let weight = array<vec2<f32>, 3>(0.5 * (0.5 - f) * (0.5 - f), 0.75 - f * f, 0.5 * (0.5 + f) * (0.5 + f));
    let change = array<vec2<f32>, 3>(f - 0.5, -2.0 * f, f + 0.5);
    var sum = vec2<f32>(0.0);
    for (var y = 0; y < 3; y++) {
        for (var x = 0; x < 3; x++) {
            let cell = clamp(vec2<i32>(centre) + vec2<i32>(x, y) - 1, vec2<i32>(0), uniforms.sizes.zw - 1);
            let seen = clamp(cell - uniforms.window.xy, vec2<i32>(0), uniforms.window.zw - 1);
            let height = textureLoad(relief, seen, 0).x;
            sum += height * vec2<f32>(change[x].x * weight[y].y, weight[x].x * change[y].y);
        }
    }
    return sum * cells;
}

fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32> {
    let alpha = clamp(textureLoad(mask, at, 0).x, 0.0, 1.0);
    let beside = place_of(at, uniforms.origin, NEAR, uniforms.near_first);
    let light = person_light(color.xyz, alpha, cell_at(behind, beside), cell_at(person, beside));
    let lean = -uniforms.slope * gradient_at(at);
    let towards = dot(lean, uniforms.light) / sqrt(1.0 + dot(lean, lean));
    let gain = exp2(uniforms.stops.x + uniforms.stops.y * towards);
    return vec4<f32>(gain * light + exp2(uniforms.background) * (color.xyz - light), color.w);
}
