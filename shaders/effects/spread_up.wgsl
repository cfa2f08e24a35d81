// Refines a coarse picture by one level and adds the light of that level.
//
// inputs    coarser    light
//           added      light of this level, at its size; not read unless ADDS
// output    sum        light
// uniforms  sizes: pixels and cells of the whole picture; window: the first pixel and the number of pixels;
//           cells_window: the first cell and the number of cells; coarse_gain, added_gain: factors by colour
// constants ADDS, SMOOTH, EXACT (each cell has two by two pixels), LINE (each cell has two pixels beside each other)

fn cell(place: vec2<i32>) -> vec3<f32> {
    let at = clamp(place - uniforms.cells_window.xy, vec2<i32>(0), uniforms.cells_window.zw - 1);
    return textureLoad(coarser, at, 0).xyz;
}

fn put(place: vec2<i32>, light: vec3<f32>) {
    let at = place - uniforms.window.xy;
    if all(at >= vec2<i32>(0)) && all(at < uniforms.window.zw) {
        var sum = uniforms.coarse_gain.xyz * light;
        if ADDS {
            sum += uniforms.added_gain.xyz * textureLoad(added, at, 0).xyz;
        }
        store_sum(vec2<u32>(at), vec4<f32>(sum, 1.0));
    }
}

struct Pair { first: vec3<f32>, second: vec3<f32> };

fn two(before: vec3<f32>, here: vec3<f32>, after: vec3<f32>) -> Pair {
    if SMOOTH {
        let middle = 0.625 * here;
        return Pair(middle + 0.3125 * before + 0.0625 * after, middle + 0.0625 * before + 0.3125 * after);
    }
    return Pair(0.75 * here + 0.25 * before, 0.75 * here + 0.25 * after);
}

fn row(place: vec2<i32>) -> Pair {
    return two(cell(place - vec2<i32>(1, 0)), cell(place), cell(place + vec2<i32>(1, 0)));
}

// The four finer cells of a cell share its neighbours.
fn block(place: vec2<i32>) {
    let above = row(place - vec2<i32>(0, 1));
    let middle = row(place);
    let below = row(place + vec2<i32>(0, 1));
    let left = two(above.first, middle.first, below.first);
    let right = two(above.second, middle.second, below.second);
    let at = 2 * place;
    put(at, left.first);
    put(at + vec2<i32>(1, 0), right.first);
    put(at + vec2<i32>(0, 1), left.second);
    put(at + vec2<i32>(1, 1), right.second);
}

fn refined(place: vec2<i32>) -> vec3<f32> {
    let across = refine(place.x, uniforms.sizes.x, uniforms.sizes.z, SMOOTH);
    let down = refine(place.y, uniforms.sizes.y, uniforms.sizes.w, SMOOTH);
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
    } else if LINE {
        let place = at + vec2<i32>(uniforms.window.x / 2, uniforms.window.y);
        let made = row(place);
        put(vec2<i32>(2 * place.x, place.y), made.first);
        put(vec2<i32>(2 * place.x + 1, place.y), made.second);
    } else {
        put(at + uniforms.window.xy, refined(at + uniforms.window.xy));
    }
}
