// Moves light: takes it away where it came from, and adds where it went.
//
// inputs    picture    scene-linear
//           cells      the light that was spread, one level coarser
// output    spread     scene-linear; alpha is kept
// uniforms  sizes: pixels and cells of the whole picture; window: the first pixel and the number of pixels;
//           cells_window: the first cell and the number of cells; gain: factor of the cells by colour; taken: the share
//           of the light that leaves its pixel, by colour; range: see common/highlights.wgsl
// constants HIGHLIGHTS, EXACT (each cell has two by two pixels)

fn cell(place: vec2<i32>) -> vec3<f32> {
    let at = clamp(place - uniforms.cells_window.xy, vec2<i32>(0), uniforms.cells_window.zw - 1);
    return textureLoad(cells, at, 0).xyz;
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

@compute @workgroup_size(32, 8, 1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let at = vec2<i32>(id.xy);
    if EXACT {
        block(at + uniforms.window.xy / 2);
    } else {
        let place = at + uniforms.window.xy;
        put(place, refined(place));
    }
}
