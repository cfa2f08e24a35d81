// Integer hashes: noise that every GPU computes alike. The frame and the seed are an input of the hash; added to a
// coordinate, they would only shift one field.
//
// source    M. Jarzynski, M. Olano, "Hash Functions for GPU Rendering", JCGT 9(3), 2020: pcg3d

fn pcg3d(key: vec3<u32>) -> vec3<u32> {
    var v = key * 1664525u + 1013904223u;
    v.x += v.y * v.z;
    v.y += v.z * v.x;
    v.z += v.x * v.y;
    v ^= v >> vec3<u32>(16u);
    v.x += v.y * v.z;
    v.y += v.z * v.x;
    v.z += v.x * v.y;
    return v;
}

// Numbers with mean 0 and standard deviation 1 that are nearly normal: the sums of the four bytes of hashed words. Their
// kurtosis is 2.7.
fn normal3(key: vec3<u32>) -> vec3<f32> {
    let words = pcg3d(key);
    let pairs = (words & vec3<u32>(0xff00ffu)) + ((words >> vec3<u32>(8u)) & vec3<u32>(0xff00ffu));
    let sums = vec3<i32>((pairs & vec3<u32>(0xffffu)) + (pairs >> vec3<u32>(16u)));
    return vec3<f32>(sums - vec3<i32>(510)) * 0.0067658751;
}
