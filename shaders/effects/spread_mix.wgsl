// Moves light: takes it away where it came from, and adds where it went.
//
// inputs    picture    scene-linear
//           cells      the light that was spread, one level coarser, or two (QUARTER)
// output    spread     scene-linear; alpha is kept
// uniforms  sizes: pixels and cells of the whole picture; window: the first pixel and the number of pixels;
//           cells_window: the first cell and the number of cells; gain: factor of the cells by colour; taken: the share
//           of the light that leaves its pixel, by colour; range: see common/highlights.wgsl
// constants HIGHLIGHTS, EXACT (each cell has two by two pixels), QUARTER (each cell has four by four pixels)

fn cell(place: vec2<i32>) -> vec3<f32> {
    let seen = folded(place, uniforms.sizes.zw) - uniforms.cells_window.xy;
    return textureLoad(cells, clamp(seen, vec2<i32>(0), uniforms.cells_window.zw - 1), 0).xyz;
}

fn put(place: vec2<i32>, light: vec3<f32>) {
    let at = place - uniforms.window.xy;
    if all(at >= vec2<i32>(0)) && all(at < uniforms.window.zw) {
        let color = textureLoad(picture, at, 0);
        var source = color.xyz;
        if HIGHLIGHTS {
            source = highlight(source, uniforms.range);
        }
        let moved = uniforms.gain.xyz * light - uniforms.taken.xyz * source;
        store_spread(vec2<u32>(at), vec4<f32>(color.xyz + moved, color.w));
    }
}

struct Pair { left: vec3<f32>, right: vec3<f32> };

// The two pixels of a cell in one row of cells.
fn row(place: vec2<i32>) -> Pair {
    let middle = 0.75 * cell(place);
    return Pair(middle + 0.25 * cell(place - vec2<i32>(1, 0)), middle + 0.25 * cell(place + vec2<i32>(1, 0)));
}

// The four pixels of a cell share its neighbours.
fn block(place: vec2<i32>) {
    let above = row(place - vec2<i32>(0, 1));
    let middle = row(place);
    let below = row(place + vec2<i32>(0, 1));
    let at = 2 * place;
    put(at, 0.75 * middle.left + 0.25 * above.left);
    put(at + vec2<i32>(1, 0), 0.75 * middle.right + 0.25 * above.right);
    put(at + vec2<i32>(0, 1), 0.75 * middle.left + 0.25 * below.left);
    put(at + vec2<i32>(1, 1), 0.75 * middle.right + 0.25 * below.right);
}

// Four pixels of a cell in one line: up two levels, the coarser step smooth.
struct Four { a: vec3<f32>, b: vec3<f32>, c: vec3<f32>, d: vec3<f32> };

fn four(far: vec3<f32>, before: vec3<f32>, here: vec3<f32>, after: vec3<f32>, beyond: vec3<f32>) -> Four {
    return Four(
        0.015625 * far + 0.390625 * before + 0.546875 * here + 0.046875 * after,
        0.25 * before + 0.625 * here + 0.125 * after,
        0.125 * before + 0.625 * here + 0.25 * after,
        0.046875 * before + 0.546875 * here + 0.390625 * after + 0.015625 * beyond,
    );
}

fn wide_row(place: vec2<i32>) -> Four {
    let before = cell(place - vec2<i32>(1, 0));
    let after = cell(place + vec2<i32>(1, 0));
    return four(cell(place - vec2<i32>(2, 0)), before, cell(place), after, cell(place + vec2<i32>(2, 0)));
}

fn put_column(place: vec2<i32>, light: Four) {
    put(place, light.a);
    put(place + vec2<i32>(0, 1), light.b);
    put(place + vec2<i32>(0, 2), light.c);
    put(place + vec2<i32>(0, 3), light.d);
}

// The sixteen pixels of a cell share its neighbours.
fn quarter_block(place: vec2<i32>) {
    let a = wide_row(place - vec2<i32>(0, 2));
    let b = wide_row(place - vec2<i32>(0, 1));
    let c = wide_row(place);
    let d = wide_row(place + vec2<i32>(0, 1));
    let e = wide_row(place + vec2<i32>(0, 2));
    let at = 4 * place;
    put_column(at, four(a.a, b.a, c.a, d.a, e.a));
    put_column(at + vec2<i32>(1, 0), four(a.b, b.b, c.b, d.b, e.b));
    put_column(at + vec2<i32>(2, 0), four(a.c, b.c, c.c, d.c, e.c));
    put_column(at + vec2<i32>(3, 0), four(a.d, b.d, c.d, d.d, e.d));
}

fn refined(place: vec2<i32>) -> vec3<f32> {
    let across = refine(place.x, uniforms.sizes.x, uniforms.sizes.z, false);
    let down = refine(place.y, uniforms.sizes.y, uniforms.sizes.w, false);
    var sum = vec3<f32>(0.0);
    for (var y = 0; y < 5; y++) {
        var line = vec3<f32>(0.0);
        for (var x = 0; x < 5; x++) {
            line += across.weights[x] * cell(vec2<i32>(across.first + x, down.first + y));
        }
        sum += down.weights[y] * line;
    }
    return sum;
}

@compute @workgroup_size(64, 4, 1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let at = vec2<i32>(id.xy);
    if QUARTER {
        quarter_block(at + uniforms.window.xy / 4);
    } else if EXACT {
        block(at + uniforms.window.xy / 2);
    } else {
        let place = at + uniforms.window.xy;
        put(place, refined(place));
    }
}
