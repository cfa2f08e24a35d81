"""Graphs on the real GPU: results, pooled resources, and WGSL errors."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import wgpu

from engine.errors import EngineError
from engine.render import Bytes, Device, Graph, Image, Plan, PointPass, Uniforms, open_device
from engine.render.pool import Pool

from .passes import WGSL, CountPass, GainPass, LiftPass, MattePass, MirrorPass, RampPass, SplitPass


def result(device: Device, plan: Plan, name: str, sources: dict[str, object] | None = None) -> np.ndarray:
    results = plan.run(sources or {})
    (pixels,) = device.fetch([results[name]]).result()
    for lease in results.values():
        lease.release()
    return pixels


def test_fused_and_separate_passes_have_the_same_result(shaders: Path) -> None:
    device = open_device()
    graph = Graph()
    graph.add(RampPass(37, 5))
    graph.add(GainPass(2), picture="ramp")
    graph.add(LiftPass(0.5), picture="brighter")

    fused, separate = Plan(device, graph, ["lifted"]), Plan(device, graph, ["lifted", "ramp", "brighter"])

    assert fused.groups == ["ramp + gain + lift"]
    assert separate.groups == ["ramp", "gain", "lift"]
    pixels = result(device, fused, "lifted")
    np.testing.assert_array_equal(pixels, result(device, separate, "lifted"))
    assert pixels[4, 36, :2].tolist() == [72.5, 8.5]


def test_uniforms_can_change_between_runs(shaders: Path) -> None:
    device = open_device()
    graph = Graph()
    graph.add(RampPass(4, 4))
    graph.add(GainPass(1), picture="ramp")
    plan = Plan(device, graph, ["brighter"])

    plan.set("gain", amount=10.0)
    ten = result(device, plan, "brighter")
    plan.set("gain", amount=-1.0)

    assert ten[0, 3, 0] == 30
    assert result(device, plan, "brighter")[0, 3, 0] == -3
    with pytest.raises(TypeError, match="loudness"):
        plan.set("gain", loudness=3)


def test_a_pixel_pass_reads_other_pixels_and_has_several_outputs(shaders: Path) -> None:
    device = open_device()
    graph = Graph()
    graph.add(RampPass(9, 3))
    graph.add(MirrorPass(), picture="ramp")
    graph.add(SplitPass(), picture="mirrored")
    plan = Plan(device, graph, ["red", "green"])

    assert result(device, plan, "red")[1, :, 2].tolist() == [8, 7, 6, 5, 4, 3, 2, 1, 0]
    assert result(device, plan, "green")[2, 0].tolist() == [2, 2, 2, 1]


def test_a_format_that_cannot_be_rendered_to_is_stored(shaders: Path) -> None:
    device = open_device()
    if device.display != "rgba16unorm":
        pytest.skip("this GPU has no 16-bit display format")

    class Codes(MirrorPass):
        def derive(self, inputs):  # type: ignore[no-untyped-def]
            return {"mirrored": Image(19, 3, "rgba16unorm")}

    graph = Graph()
    graph.add(RampPass(19, 3))
    graph.add(GainPass(1 / 65535), picture="ramp")
    graph.add(Codes(), picture="brighter")

    assert result(device, Plan(device, graph, ["mirrored"]), "mirrored")[0, :, 0].tolist() == list(range(18, -1, -1))


def test_half_floats_are_rounded_to_nearest_on_every_device(shaders: Path) -> None:
    device = open_device()
    graph = Graph()
    graph.add(RampPass(300, 2, "rgba32float"))
    graph.add(GainPass(0.1), picture="ramp", brighter="tenths")
    graph.add(MirrorPass(), picture="tenths")
    wide = result(device, Plan(device, graph, ["mirrored"]), "mirrored")
    narrow = Graph()
    narrow.add(RampPass(300, 2, "rgba16float"))
    narrow.add(GainPass(0.1), picture="ramp")

    half = result(device, Plan(device, narrow, ["brighter"]), "brighter")

    np.testing.assert_array_equal(half[:, ::-1], wide.astype(np.float16))


def test_a_mask_is_passed_as_a_source_by_name(shaders: Path) -> None:
    device = open_device()
    graph = Graph()
    graph.source("person_mask", Image(8, 2, "rgba32float"))
    graph.add(RampPass(8, 2))
    graph.add(MattePass(), picture="ramp", mask="person_mask")
    mask = Graph()
    mask.add(RampPass(8, 2))
    ramp = Plan(device, mask, ["ramp"]).run({})["ramp"]

    squares = result(device, Plan(device, graph, ["cut_out"]), "cut_out", {"person_mask": ramp.resource})

    assert squares[0, :, 0].tolist() == [n * n for n in range(8)]


def test_bytes_are_uploaded_and_read_back(shaders: Path) -> None:
    device = open_device()
    graph = Graph()
    graph.source("given", Bytes(64))
    graph.add(CountPass())
    given = device.buffer(64)
    device.upload(given, np.arange(16, dtype=np.uint32))

    counted = result(device, Plan(device, graph, ["counted"]), "counted", {"given": given})

    assert counted.view(np.uint32).tolist() == list(range(1, 17))


def test_repeated_runs_create_no_resources(shaders: Path) -> None:
    device = open_device()
    graph = Graph()
    graph.add(RampPass(16, 16))
    graph.add(MirrorPass(), picture="ramp")
    graph.add(SplitPass(), picture="mirrored")
    plan = Plan(device, graph, ["red"])
    result(device, plan, "red")
    created = device.pool.counts.made

    for _ in range(5):
        result(device, plan, "red")

    assert device.pool.counts.made == created


def test_an_output_that_is_not_requested_is_transient(shaders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device = open_device()
    usages: dict[str, int] = {}
    graph = Graph()
    graph.add(RampPass(5, 7))
    graph.add(SplitPass(), picture="ramp")
    plan = Plan(device, graph, ["red"])
    original = Pool.lend

    def recorded(pool: Pool, spec: Image, usage: int):  # type: ignore[no-untyped-def]
        lease = original(pool, spec, usage)
        usages[str(len(usages))] = usage
        return lease

    monkeypatch.setattr(Pool, "lend", recorded)

    assert result(device, plan, "red")[6, 4, 0] == 4
    ramp, red, green, _staging = usages.values()
    assert device.transient_usage
    assert green == device.transient_usage
    assert red & wgpu.TextureUsage.TEXTURE_BINDING
    assert not green & wgpu.TextureUsage.TEXTURE_BINDING
    assert ramp != red


def test_a_shader_error_has_file_line_and_source(shaders: Path) -> None:
    graph = Graph()
    graph.add(RampPass(4, 4))
    graph.add(GainPass(1), picture="ramp")
    (shaders / "gain.wgsl").write_text(WGSL["gain.wgsl"].replace("uniforms.amount", "uniforms.amont"))

    with pytest.raises(EngineError, match=r"shaders/gain\.wgsl:3: .*amont") as caught:
        Plan(open_device(), graph, ["brighter"])

    assert "return vec4<f32>(color.rgb * uniforms.amont, color.a);" in caught.value.message


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32> {\n    return color", 2),
        ("// one\n// two\nfn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32> {\n    return color.rg;\n}", 3),
        ("fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32> {\n    let x: u32 = 1.5;\n    return color;\n}", 2),
    ],
)
def test_syntax_and_type_errors_have_file_and_line(shaders: Path, source: str, line: int) -> None:
    (shaders / "lift.wgsl").write_text(source)
    graph = Graph()
    graph.add(RampPass(4, 4))
    graph.add(LiftPass(1), picture="ramp")

    with pytest.raises(EngineError) as caught:
        Plan(open_device(), graph, ["lifted"])

    message = caught.value.message
    assert f"shaders/lift.wgsl:{line}" in message or f"shaders/lift.wgsl:{line + 1}" in message


def test_reload_applies_a_changed_shader_and_keeps_it_after_an_error(shaders: Path) -> None:
    device = open_device()
    graph = Graph()
    graph.add(RampPass(4, 4))
    graph.add(LiftPass(1), picture="ramp")
    plan = Plan(device, graph, ["lifted"])
    assert result(device, plan, "lifted")[0, 0, 0] == 1
    assert not plan.reload()

    rewrite(shaders / "lift.wgsl", WGSL["lift.wgsl"].replace("color +", "color + 3.0 *"), 1)
    assert plan.reload()
    assert result(device, plan, "lifted")[0, 0, 0] == 3

    rewrite(shaders / "lift.wgsl", "fn pixel(", 2)
    with pytest.raises(EngineError, match=r"shaders/lift\.wgsl"):
        plan.reload()
    assert not plan.reload()
    assert result(device, plan, "lifted")[0, 0, 0] == 3


def rewrite(path: Path, text: str, later: int) -> None:
    path.write_text(text)
    stat = path.stat()
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + later * 1_000_000_000))


def test_a_pass_without_uniform_values_is_an_error(shaders: Path) -> None:
    class Blank(PointPass):
        shader = "gain.wgsl"
        outputs = ("blank",)
        uniforms = Uniforms

    graph = Graph()
    graph.add(RampPass(4, 4))
    graph.add(Blank(), picture="ramp")

    with pytest.raises(EngineError, match="“blank” was created without uniform values"):
        Plan(open_device(), graph, ["blank"])
