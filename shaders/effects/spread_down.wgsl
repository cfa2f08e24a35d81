// Halves a picture: the light of each cell of a coarser one, or of its highlights only.
//
// input     picture    scene-linear
// output    cells      the average light of each cell
// uniforms  sizes: pixels and cells of the whole picture; window: the first pixel and the number of pixels; cells_from:
//           the first cell; range: see common/highlights.wgsl
// constants HIGHLIGHTS, EXACT (each cell has two by two pixels), ACROSS and DOWN (weights along each axis: 1, 4 or 5)

fn read(place: vec2<i32>) -> vec3<f32> {
    let at = clamp(place - uniforms.window.xy, vec2<i32>(0), uniforms.window.zw - 1);
    let color = textureLoad(picture, at, 0).xyz;
    if HIGHLIGHTS {
        return highlight(color, uniforms.range);
    }
    return color;
}

struct Pair { left: vec3<f32>, right: vec3<f32> };

// Two neighbouring cells of a row of pixels.
fn row(place: vec2<i32>) -> Pair {
    let c = read(place + vec2<i32>(2, 0));
    let d = read(place + vec2<i32>(3, 0));
    let left = 0.125 * (read(place) + d) + 0.375 * (read(place + vec2<i32>(1, 0)) + c);
    let f = read(place + vec2<i32>(5, 0));
    return Pair(left, 0.125 * (c + f) + 0.375 * (d + read(place + vec2<i32>(4, 0))));
}

fn put(at: vec2<u32>, color: vec3<f32>) {
    if all(at < textureDimensions(made_cells)) {
        store_cells(at, vec4<f32>(color, 1.0));
    }
}

// Two by two cells share most of their pixels.
fn block(id: vec2<u32>) {
    let at = 2u * id;
    let place = 2 * (vec2<i32>(at) + uniforms.cells_from) - 1;
    let c = row(place + vec2<i32>(0, 2));
    let d = row(place + vec2<i32>(0, 3));
    let a = row(place);
    let b = row(place + vec2<i32>(0, 1));
    put(at, 0.125 * (a.left + d.left) + 0.375 * (b.left + c.left));
    put(at + vec2<u32>(1u, 0u), 0.125 * (a.right + d.right) + 0.375 * (b.right + c.right));
    let e = row(place + vec2<i32>(0, 4));
    let f = row(place + vec2<i32>(0, 5));
    put(at + vec2<u32>(0u, 1u), 0.125 * (c.left + f.left) + 0.375 * (d.left + e.left));
    put(at + vec2<u32>(1u, 1u), 0.125 * (c.right + f.right) + 0.375 * (d.right + e.right));
}

fn cell(at: vec2<u32>) {
    let place = vec2<i32>(at) + uniforms.cells_from;
    let across = down_taps(place.x, uniforms.sizes.x, uniforms.sizes.z);
    let down = down_taps(place.y, uniforms.sizes.y, uniforms.sizes.w);
    let first = vec2<i32>(select(across.first, place.x, ACROSS == 1u), select(down.first, place.y, DOWN == 1u));
    var sum = vec3<f32>(0.0);
    for (var y = 0; y < i32(DOWN); y++) {
        var line = vec3<f32>(0.0);
        for (var x = 0; x < i32(ACROSS); x++) {
            let weight = select(down_weight(across, x), 1.0, ACROSS == 1u);
            line += weight * read(first + vec2<i32>(x, y));
        }
        sum += select(down_weight(down, y), 1.0, DOWN == 1u) * line;
    }
    put(at, sum);
}

@compute @workgroup_size(64, 4, 1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if EXACT {
        block(id.xy);
    } else {
        cell(id.xy);
    }
}
