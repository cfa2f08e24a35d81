// The light of people and of the background in cells of the picture.
//
// inputs    picture    scene-linear
//           mask       0–1 in the first channel: 1 is a person
// outputs   background, person   means of light × weight, and of the weight, which is 1 where there is nothing else
// uniforms  origin     of the window in the full picture, in pixels; first: its first cell
// constants CELL       size in pixels

struct Matte { background: vec4<f32>, person: vec4<f32> };

fn pixel(at: vec2<u32>) -> Matte {
    let cell = vec2<i32>(at) + uniforms.first;
    let start = max(cell * i32(CELL) - uniforms.origin, vec2<i32>(0));
    let end = min((cell + 1) * i32(CELL) - uniforms.origin, vec2<i32>(textureDimensions(picture)));
    var made = Matte(vec4<f32>(0.0), vec4<f32>(0.0));
    for (var y = start.y; y < end.y; y++) {
        for (var x = start.x; x < end.x; x++) {
            let place = vec2<i32>(x, y);
            let alpha = textureLoad(mask, place, 0).x;
            let light = vec4<f32>(textureLoad(picture, place, 0).xyz, 1.0);
            made.background += background_weight(alpha) * light;
            made.person += person_weight(alpha) * light;
        }
    }
    let size = end - start;
    let count = f32(max(size.x * size.y, 1));
    return Matte(made.background / count, made.person / count);
}
