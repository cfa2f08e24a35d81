// Defocus, second step: collects the discs that reach a cell.
//
// A cell spreads its light evenly over its disc. Discs from before a cell cover it. What is behind it reaches it only as
// far as the cell itself is out of focus, so that a sharp edge stays sharp in front of a soft background.
//
// input     cells      light, and the radius in pixels: negative in front of the focus
// outputs   front      light of what is before the cell × its share, and the share
//           soft       light of the others
// constants CELL       size of a cell in pixels; REACH: largest radius in cells, rounded up

struct Discs { front: vec4<f32>, soft: vec4<f32> };

// Radii that differ by less, in cells, are one layer.
const LAYER = 1.0;

fn pixel(at: vec2<u32>) -> Discs {
    let here = vec2<i32>(at);
    let last = vec2<i32>(textureDimensions(cells)) - 1;
    let own = textureLoad(cells, here, 0).w / f32(CELL);
    var front = vec4<f32>(0.0);
    var soft = vec4<f32>(0.0);
    for (var y = -i32(REACH); y <= i32(REACH); y++) {
        for (var x = -i32(REACH); x <= i32(REACH); x++) {
            let cell = textureLoad(cells, clamp(here + vec2<i32>(x, y), vec2<i32>(0), last), 0);
            let signed_radius = cell.w / f32(CELL);
            let disc = abs(signed_radius);
            let radius = select(disc, min(disc, abs(own)), signed_radius > own);
            let inside = clamp(radius - length(vec2<f32>(f32(x), f32(y))) + 0.5, 0.0, 1.0);
            // The integral of `inside`, which is a cone at the edge; a disc of radius 0 is its own cell.
            let weight = inside / max(3.14159265 * (disc * disc + 1.0 / 12.0), 0.5);
            let light = vec4<f32>(cell.xyz, 1.0) * weight;
            let before = signed_radius < own - LAYER;
            front += select(vec4<f32>(0.0), light, before);
            soft += select(light, vec4<f32>(0.0), before);
        }
    }
    return Discs(front / max(front.w, 1.0), soft / max(soft.w, 1e-9));
}
