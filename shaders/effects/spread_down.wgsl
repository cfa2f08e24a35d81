// Halves a picture: the light of each cell of a coarser one, or of its highlights only.
//
// input     picture    scene-linear
// output    cells      the average light of each cell
// uniforms  sizes: pixels and cells of the whole picture; window: the first pixel and the number of pixels; cells_window:
//           the first cell and the number of cells; range: see common/highlights.wgsl
// constants HIGHLIGHTS, SMOOTH, EXACT (each cell has two by two pixels), LINE (each cell has two pixels beside each
//           other)

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
    let a = load(place);
    let b = load(place + vec2<i32>(1, 0));
    let c = load(place + vec2<i32>(2, 0));
    let d = load(place + vec2<i32>(3, 0));
    let e = load(place + vec2<i32>(4, 0));
    let f = load(place + vec2<i32>(5, 0));
    let g = load(place + vec2<i32>(6, 0));
    let h = load(place + vec2<i32>(7, 0));
    return Pair(six(a, b, c, d, e, f), six(c, d, e, f, g, h));
}

fn put(place: vec2<i32>, color: vec3<f32>) {
    let at = place - uniforms.cells_window.xy;
    if all(at >= vec2<i32>(0)) && all(at < uniforms.cells_window.zw) {
        store_cells(vec2<u32>(at), vec4<f32>(color, 1.0));
    }
}

// Two by two cells from `cell` on.
fn block(cell: vec2<i32>) {
    let place = 2 * cell - 1;
    let a = row(place);
    let b = row(place + vec2<i32>(0, 1));
    let c = row(place + vec2<i32>(0, 2));
    let d = row(place + vec2<i32>(0, 3));
    put(cell, 0.125 * (a.first + d.first) + 0.375 * (b.first + c.first));
    put(cell + vec2<i32>(1, 0), 0.125 * (a.second + d.second) + 0.375 * (b.second + c.second));
    let e = row(place + vec2<i32>(0, 4));
    let f = row(place + vec2<i32>(0, 5));
    put(cell + vec2<i32>(0, 1), 0.125 * (c.first + f.first) + 0.375 * (d.first + e.first));
    put(cell + vec2<i32>(1, 1), 0.125 * (c.second + f.second) + 0.375 * (d.second + e.second));
}

fn six(a: vec3<f32>, b: vec3<f32>, c: vec3<f32>, d: vec3<f32>, e: vec3<f32>, f: vec3<f32>) -> vec3<f32> {
    return 0.03125 * (a + f) + 0.15625 * (b + e) + 0.3125 * (c + d);
}

fn smooth_block(cell: vec2<i32>) {
    let place = 2 * cell - 2;
    let a = smooth_row(place);
    let b = smooth_row(place + vec2<i32>(0, 1));
    let c = smooth_row(place + vec2<i32>(0, 2));
    let d = smooth_row(place + vec2<i32>(0, 3));
    let e = smooth_row(place + vec2<i32>(0, 4));
    let f = smooth_row(place + vec2<i32>(0, 5));
    put(cell, six(a.first, b.first, c.first, d.first, e.first, f.first));
    put(cell + vec2<i32>(1, 0), six(a.second, b.second, c.second, d.second, e.second, f.second));
    let g = smooth_row(place + vec2<i32>(0, 6));
    let h = smooth_row(place + vec2<i32>(0, 7));
    put(cell + vec2<i32>(0, 1), six(c.first, d.first, e.first, f.first, g.first, h.first));
    put(cell + vec2<i32>(1, 1), six(c.second, d.second, e.second, f.second, g.second, h.second));
}

// Two cells beside each other.
fn smooth_line(cell: vec2<i32>) {
    let made = smooth_row(vec2<i32>(2 * cell.x - 2, cell.y));
    put(cell, made.first);
    put(cell + vec2<i32>(1, 0), made.second);
}

// The weight of one of `count` pixels; an axis that is not halved has one.
fn weight(taps: DownTaps, number: i32, count: i32) -> f32 {
    if count == 1 {
        return 1.0;
    }
    if SMOOTH {
        return smooth_down_weight(taps, number);
    }
    return down_weight(taps, number);
}

fn one(place: vec2<i32>) {
    let across = down_taps(place.x, uniforms.sizes.x, uniforms.sizes.z);
    let down = down_taps(place.y, uniforms.sizes.y, uniforms.sizes.w);
    let same = uniforms.sizes.xy == uniforms.sizes.zw;
    let count = select(vec2<i32>(select(5, 7, SMOOTH)), vec2<i32>(1), same);
    let start = select(vec2<i32>(across.first, down.first) - select(0, 1, SMOOTH), place, same);
    var sum = vec3<f32>(0.0);
    for (var y = 0; y < count.y; y++) {
        var line = vec3<f32>(0.0);
        for (var x = 0; x < count.x; x++) {
            line += weight(across, x, count.x) * load(start + vec2<i32>(x, y));
        }
        sum += weight(down, y, count.y) * line;
    }
    put(place, sum);
}

// Blocks begin at even cells of the whole picture, so that a window has the same bits.
@compute @workgroup_size(32, 8, 1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let at = vec2<i32>(id.xy);
    let first = uniforms.cells_window.xy;
    if EXACT && SMOOTH {
        smooth_block(2 * (at + first / 2));
    } else if EXACT {
        block(2 * (at + first / 2));
    } else if LINE && SMOOTH {
        smooth_line(vec2<i32>(2 * (at.x + first.x / 2), at.y + first.y));
    } else {
        one(at + first);
    }
}
