// The picture upright: scaled along the row (and up along the column), turned, mirrored, and seen through a view.
//
// inputs    slab      scene-linear ACEScg, from door.wgsl
//           columns   per output column: first slab column; column_weights: COLUMN_TAPS weights each
//           lines     per output line: first slab line; line_weights: LINE_TAPS weights each
//           table     the view baked by OpenColorIO: a cube of 129³, red slowest, two words an entry
// output    display   two words a pixel, R′G′B′ at 16 bits
// uniforms  Uniforms below; `origin`, `along_x`, `along_y` place a stored pixel upright
// source    tetrahedral interpolation: Kasson et al., "Performing color space conversions with
//           three-dimensional linear interpolation", JEI 4(3), 1995; OETFs: ITU-R BT.2100-3, BT.709-6

override COLUMN_TAPS: u32 = 7u;
override LINE_TAPS: u32 = 1u;
override THROUGH: u32 = 0u;          // 1 HLG, 2 Rec.709: the door's transform run backwards, not the baked view

const STEPS = 129u;
const SHAPER_OFFSET = 0.02;
const SHAPER_TOP = 128.0;

struct Uniforms {
    to_own: array<vec4<f32>, 3>,  // ACEScg to the light of the encoding handed through (HLG: 0–3); rows
    origin: vec2<i32>,         // where stored pixel (0, 0) lies in the output
    along_x: vec2<i32>,        // the output's step for one stored pixel to the right
    along_y: vec2<i32>,        // and for one stored pixel down
    size: vec2<u32>,           // of this band, stored orientation
    line: u32,                 // the band's first output line
    slab_line: u32,            // the slab's first
    slab_width: u32,
    stride: u32,               // output pixels a row
};

@group(0) @binding(0) var<uniform> uniforms: Uniforms;
@group(0) @binding(1) var<storage, read> slab: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> columns: array<u32>;
@group(0) @binding(3) var<storage, read> column_weights: array<f32>;
@group(0) @binding(4) var<storage, read> lines: array<u32>;
@group(0) @binding(5) var<storage, read> line_weights: array<f32>;
@group(0) @binding(6) var<storage, read> table: array<vec2<u32>>;
@group(0) @binding(7) var<storage, read_write> display: array<u32>;

fn entry(at: vec3<u32>) -> vec3<f32> {
    let words = table[(at.x * STEPS + at.y) * STEPS + at.z];
    return vec3<f32>(f32(words.x & 0xffffu), f32(words.x >> 16u), f32(words.y));
}

fn baked(color: vec3<f32>) -> vec3<f32> {
    let scale = f32(STEPS - 1u) / log2(1.0 + SHAPER_TOP / SHAPER_OFFSET);
    let shaped = log2(1.0 + clamp(color, vec3<f32>(0.0), vec3<f32>(SHAPER_TOP)) / SHAPER_OFFSET) * scale;
    let cell = min(vec3<u32>(shaped), vec3<u32>(STEPS - 2u));
    let f = shaped - vec3<f32>(cell);
    let largest = max(f.x, max(f.y, f.z));
    let smallest = min(f.x, min(f.y, f.z));
    let middle = f.x + f.y + f.z - largest - smallest;
    // The path from the cell's dark corner to its bright one goes along the largest fraction first.
    let up_x = f.x >= f.y && f.x >= f.z;
    let up_y = !up_x && f.y >= f.z;
    let first = vec3<u32>(u32(up_x), u32(up_y), u32(!up_x && !up_y));
    let down_z = f.z <= f.x && f.z <= f.y && first.z == 0u;
    let down_y = !down_z && f.y <= f.x && first.y == 0u;
    let second = vec3<u32>(1u) - vec3<u32>(u32(!down_z && !down_y), u32(down_y), u32(down_z));
    let mixed = (1.0 - largest) * entry(cell) + (largest - middle) * entry(cell + first)
        + (middle - smallest) * entry(cell + second) + smallest * entry(cell + vec3<u32>(1u));
    return mixed;
}

fn own_light(color: vec3<f32>) -> vec3<f32> {
    return max(vec3<f32>(
        dot(uniforms.to_own[0].xyz, color),
        dot(uniforms.to_own[1].xyz, color),
        dot(uniforms.to_own[2].xyz, color),
    ), vec3<f32>(0.0));
}

fn hlg(light: vec3<f32>) -> vec3<f32> {
    let bright = 0.12395743 * log2(max(light - 0.07116723, vec3<f32>(1e-9))) + 0.80782559;
    return 65535.0 * min(select(bright, sqrt(light), light < vec3<f32>(0.25)), vec3<f32>(1.0));
}

fn rec709(light: vec3<f32>) -> vec3<f32> {
    let bright = 1.099 * pow(light, vec3<f32>(0.45)) - 0.099;
    return 65535.0 * min(select(bright, light * 4.5137907, light < vec3<f32>(0.017945)), vec3<f32>(1.0));
}

fn filtered(row: u32, column: u32) -> vec3<f32> {
    let left = row * uniforms.slab_width + columns[column];
    var color = vec3<f32>(0.0);
    for (var i = 0u; i < COLUMN_TAPS; i++) {
        color += column_weights[column * COLUMN_TAPS + i] * slab[left + i].xyz;
    }
    return color;
}

@compute @workgroup_size(64, 1, 1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= uniforms.size.x || id.y >= uniforms.size.y {
        return;
    }
    let line = uniforms.line + id.y;
    let top = lines[line] - uniforms.slab_line;
    var color = vec3<f32>(0.0);
    for (var j = 0u; j < LINE_TAPS; j++) {
        color += line_weights[line * LINE_TAPS + j] * filtered(top + j, id.x);
    }
    let upright = uniforms.origin + i32(id.x) * uniforms.along_x + i32(line) * uniforms.along_y;
    var code: vec3<f32>;
    if THROUGH == 1u {
        code = hlg(own_light(color));
    } else if THROUGH == 2u {
        code = rec709(own_light(color));
    } else {
        code = baked(color);
    }
    let whole = vec3<u32>(code + 0.5);
    let pixel = (u32(upright.y) * uniforms.stride + u32(upright.x)) * 2u;
    display[pixel] = whole.x | (whole.y << 16u);
    display[pixel + 1u] = whole.z;
}
