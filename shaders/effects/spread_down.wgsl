// Halves a picture: the light of each cell of a coarser one, or of its highlights only.
//
// input     picture    scene-linear
// output    cells      the average light of each cell
// uniforms  sizes: pixels and cells of the whole picture; window: the first pixel and the number of pixels; cells_from:
//           the first cell; range: see common/highlights.wgsl
// constants HIGHLIGHTS, SMOOTH, EXACT (each cell has two by two pixels), LINE (each cell has two pixels beside each
//           other), ACROSS and DOWN (weights along each axis: 1, or 5, or smooth 7)

fn load(place: vec2<i32>) -> vec3<f32> {
    let seen = folded(place, uniforms.sizes.xy) - uniforms.window.xy;
    let color = textureLoad(picture, clamp(seen, vec2<i32>(0), uniforms.window.zw - 1), 0).xyz;
    if HIGHLIGHTS {
        return highlight(color, uniforms.range);
    }
    return color;
}

struct Pair { first: vec3<f32>, second: vec3<f32> };

// Two neighbouring cells of a row of pixels share most of them.
fn row(place: vec2<i32>) -> Pair {
    let b = load(place + vec2<i32>(1, 0));
    let c = load(place + vec2<i32>(2, 0));
    let d = load(place + vec2<i32>(3, 0));
    let e = load(place + vec2<i32>(4, 0));
    return Pair(0.125 * (load(place) + d) + 0.375 * (b + c), 0.125 * (c + load(place + vec2<i32>(5, 0))) + 0.375 * (d + e));
}

fn smooth_row(place: vec2<i32>) -> Pair {
    let c = load(place + vec2<i32>(2, 0));
    let d = load(place + vec2<i32>(3, 0));
    let e = load(place + vec2<i32>(4, 0));
    let f = load(place + vec2<i32>(5, 0));
    let first = 0.03125 * (load(place) + f) + 0.15625 * (load(place + vec2<i32>(1, 0)) + e) + 0.3125 * (c + d);
    let g = load(place + vec2<i32>(6, 0));
    return Pair(first, 0.03125 * (c + load(place + vec2<i32>(7, 0))) + 0.15625 * (d + g) + 0.3125 * (e + f));
}

fn put(at: vec2<u32>, color: vec3<f32>) {
    if all(at < textureDimensions(made_cells)) {
        store_cells(at, vec4<f32>(color, 1.0));
    }
}

fn block(at: vec2<u32>) {
    let place = 2 * (vec2<i32>(at) + uniforms.cells_from) - 1;
    let a = row(place);
    let b = row(place + vec2<i32>(0, 1));
    let c = row(place + vec2<i32>(0, 2));
    let d = row(place + vec2<i32>(0, 3));
    put(at, 0.125 * (a.first + d.first) + 0.375 * (b.first + c.first));
    put(at + vec2<u32>(1u, 0u), 0.125 * (a.second + d.second) + 0.375 * (b.second + c.second));
    let e = row(place + vec2<i32>(0, 4));
    let f = row(place + vec2<i32>(0, 5));
    put(at + vec2<u32>(0u, 1u), 0.125 * (c.first + f.first) + 0.375 * (d.first + e.first));
    put(at + vec2<u32>(1u, 1u), 0.125 * (c.second + f.second) + 0.375 * (d.second + e.second));
}

fn smooth_block(at: vec2<u32>) {
    let place = 2 * (vec2<i32>(at) + uniforms.cells_from) - 2;
    let a = smooth_row(place);
    let b = smooth_row(place + vec2<i32>(0, 1));
    let c = smooth_row(place + vec2<i32>(0, 2));
    let d = smooth_row(place + vec2<i32>(0, 3));
    let e = smooth_row(place + vec2<i32>(0, 4));
    let f = smooth_row(place + vec2<i32>(0, 5));
    put(at, 0.03125 * (a.first + f.first) + 0.15625 * (b.first + e.first) + 0.3125 * (c.first + d.first));
    let aside = 0.03125 * (a.second + f.second) + 0.15625 * (b.second + e.second);
    put(at + vec2<u32>(1u, 0u), aside + 0.3125 * (c.second + d.second));
    let g = smooth_row(place + vec2<i32>(0, 6));
    let h = smooth_row(place + vec2<i32>(0, 7));
    put(at + vec2<u32>(0u, 1u), 0.03125 * (c.first + h.first) + 0.15625 * (d.first + g.first) + 0.3125 * (e.first + f.first));
    let below = 0.03125 * (c.second + h.second) + 0.15625 * (d.second + g.second);
    put(at + vec2<u32>(1u, 1u), below + 0.3125 * (e.second + f.second));
}

fn smooth_line(at: vec2<u32>) {
    let cell = vec2<i32>(at) + uniforms.cells_from;
    let made = smooth_row(vec2<i32>(2 * cell.x - 2, cell.y));
    put(at, made.first);
    put(at + vec2<u32>(1u, 0u), made.second);
}

fn weight(taps: DownTaps, number: i32, count: u32) -> f32 {
    if count == 1u {
        return 1.0;
    }
    if SMOOTH {
        return smooth_down_weight(taps, number);
    }
    return down_weight(taps, number);
}

fn cell(at: vec2<u32>) {
    let place = vec2<i32>(at) + uniforms.cells_from;
    let across = down_taps(place.x, uniforms.sizes.x, uniforms.sizes.z);
    let down = down_taps(place.y, uniforms.sizes.y, uniforms.sizes.w);
    let first = vec2<i32>(across.first, down.first) - select(0, 1, SMOOTH);
    let start = select(first, place, vec2<bool>(ACROSS == 1u, DOWN == 1u));
    var sum = vec3<f32>(0.0);
    for (var y = 0; y < i32(DOWN); y++) {
        var line = vec3<f32>(0.0);
        for (var x = 0; x < i32(ACROSS); x++) {
            line += weight(across, x, ACROSS) * load(start + vec2<i32>(x, y));
        }
        sum += weight(down, y, DOWN) * line;
    }
    put(at, sum);
}

@compute @workgroup_size(32, 8, 1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if EXACT && SMOOTH {
        smooth_block(2u * id.xy);
    } else if EXACT {
        block(2u * id.xy);
    } else if LINE && SMOOTH {
        smooth_line(vec2<u32>(2u * id.x, id.y));
    } else {
        cell(id.xy);
    }
}
