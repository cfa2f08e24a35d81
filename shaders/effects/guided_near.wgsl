// Guided upsample of a mask, second step: which blocks are near an edge of the mask. Elsewhere there is nothing to do.
//
// input     blocks     range of the mask
// output    near       1 where a block within one has an edge; within two

const NOTHING = 0.02;

fn has_edge(at: vec2<i32>, reach: i32) -> f32 {
    let last = vec2<i32>(textureDimensions(blocks)) - 1;
    var low = 1.0;
    var high = 0.0;
    for (var y = -reach; y <= reach; y++) {
        for (var x = -reach; x <= reach; x++) {
            let range = textureLoad(blocks, clamp(at + vec2<i32>(x, y), vec2<i32>(0), last), 0);
            low = min(low, range.x);
            high = max(high, range.y);
        }
    }
    return select(0.0, 1.0, high > NOTHING && low < 1.0 - NOTHING);
}

fn pixel(at: vec2<u32>) -> vec4<f32> {
    return vec4<f32>(has_edge(vec2<i32>(at), 1), has_edge(vec2<i32>(at), 2), 0.0, 0.0);
}
