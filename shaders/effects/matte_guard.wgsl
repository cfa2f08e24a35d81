// Leaves out the background right beside people, whose light may be that of a person where the mask is a bit small.
//
// inputs    background, person   cells of light × weight, and the weight
// output    guarded    the background with less weight beside people; a little stays, for where there is no other
// uniforms  width      in cells
// constants REACH      in cells

fn pixel(at: vec2<u32>) -> vec4<f32> {
    let here = vec2<i32>(at);
    let last = vec2<i32>(textureDimensions(person)) - 1;
    var most = 0.0;
    for (var y = -i32(REACH); y <= i32(REACH); y++) {
        for (var x = -i32(REACH); x <= i32(REACH); x++) {
            let near = clamp(uniforms.width - length(vec2<f32>(f32(x), f32(y))) + 0.5, 0.0, 1.0);
            most = max(most, near * textureLoad(person, clamp(here + vec2<i32>(x, y), vec2<i32>(0), last), 0).w);
        }
    }
    return textureLoad(background, here, 0) * max(1.0 - most, 0.01);
}
