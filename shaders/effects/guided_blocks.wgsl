// Guided upsample of a mask, first step: the range of the mask in blocks of BLOCK by BLOCK cells.
//
// A cell is a pixel of the mask at the size of its analysis.
//
// input     analysed   0–1 in the first channel
// output    blocks     least and greatest value
// constants BLOCK

fn pixel(at: vec2<u32>) -> vec4<f32> {
    let end = min((at + 1) * u32(BLOCK), textureDimensions(analysed));
    var low = 1.0;
    var high = 0.0;
    for (var y = at.y * u32(BLOCK); y < end.y; y++) {
        for (var x = at.x * u32(BLOCK); x < end.x; x++) {
            let value = textureLoad(analysed, vec2<u32>(x, y), 0).x;
            low = min(low, value);
            high = max(high, value);
        }
    }
    return vec4<f32>(low, high, 0.0, 0.0);
}
