// Rows of pixels of 8 bits, packed four to a word: texel x of a level has the 16 pixels of a row from 4x on.

// The words from the pixel `skip` (0 to 3) of a texel on.
fn skip_pixels(words: vec4<u32>, skip: u32) -> vec4<u32> {
    let bits = 8u * skip;
    // A shift by 32 bits is not defined.
    return (words >> vec4<u32>(bits)) | ((vec4<u32>(words.yzw, 0u) << vec4<u32>(1u)) << vec4<u32>(31u - bits));
}

// The four pixels of a word, 0 to 255.
fn four_pixels(word: u32) -> vec4<f32> {
    return vec4<f32>(vec4<i32>((vec4<u32>(word) >> vec4<u32>(0u, 8u, 16u, 24u)) & vec4<u32>(255u)));
}

// A value of four, 0 to 3.
fn pick(values: vec4<f32>, index: i32) -> f32 {
    let pair = select(values.xy, values.zw, (index & 2) != 0);
    return select(pair.x, pair.y, (index & 1) != 0);
}
