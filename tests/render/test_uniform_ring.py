"""Runs of one submission have uniforms of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.render import Graph, Plan, open_device
from engine.render.uniform_ring import UniformRing

from .passes import GainPass, MirrorPass, RampPass


def gain_plan() -> Plan:
    graph = Graph()
    graph.add(RampPass(4, 4))
    graph.add(GainPass(1), picture="ramp")
    return Plan(open_device(), graph, ["brighter"])


def test_eight_subframes_of_one_submission_have_their_own_values(shaders: Path) -> None:
    device, plan = open_device(), gain_plan()
    with device.commands() as commands:
        leases = []
        for subframe in range(8):
            plan.set("gain", amount=float(subframe))
            leases.append(plan.run({}, into=commands)["brighter"])
        pending = device.fetch(leases, into=commands)

    assert [pixels[0, 1, 0] for pixels in pending.result()] == list(range(8))


def test_submissions_that_follow_each_other_have_their_own_values(shaders: Path) -> None:
    device, plan = open_device(), gain_plan()
    pending = []
    for amount in range(8):
        plan.set("gain", amount=float(amount))
        with plan.run({})["brighter"] as lease:
            pending.append(device.fetch([lease]))

    assert [one.result()[0][0, 1, 0] for one in pending] == list(range(8))


def test_more_passes_with_uniforms_than_bindings_are_fused(shaders: Path) -> None:
    device, graph = open_device(), Graph()
    graph.add(RampPass(4, 4))
    made = "ramp"
    for number in range(40):
        graph.add(GainPass(2 if number % 2 else 0.5), f"gain {number}", picture=made, brighter=f"{number}")
        made = f"{number}"
    plan = Plan(device, graph, [made])
    plan.set("gain 38", amount=3.5)

    assert len(plan.groups) == 1
    with plan.run({})[made] as lease:
        (pixels,) = device.fetch([lease]).result()
    assert pixels[0, 1, 0] == 7


def test_a_long_submission_uses_several_pages_and_gives_them_back() -> None:
    device = open_device()
    ring = UniformRing(device.gpu)
    for _ in range(3):
        encoder = device.gpu.create_command_encoder()
        with ring.collect(encoder):
            places = [ring.place(encoder, bytes([number]) * 20_000) for number in range(70)]
        buffers = {id(buffer) for buffer, _ in places}
        assert len(buffers) == 24
        assert len({(id(buffer), offset) for buffer, offset in places}) == 70
    encoder = device.gpu.create_command_encoder()
    with ring.collect(encoder):
        assert ring.place(encoder, b"1234") == (places[0][0], 0)


def test_a_block_that_is_larger_than_a_page_has_a_page_of_its_own() -> None:
    device = open_device()
    ring, encoder = UniformRing(device.gpu), device.gpu.create_command_encoder()
    with ring.collect(encoder):
        assert ring.place(encoder, bytes(100_000))[0].size == 100_000


def test_commands_of_another_encoder_are_refused(shaders: Path) -> None:
    device, plan = open_device(), gain_plan()
    with device.commands() as commands:
        pass
    counts = device.pool.counts
    lent = counts.made + counts.reused

    with pytest.raises(ValueError, match="already submitted"):
        plan.run({}, into=commands)

    assert counts.made + counts.reused > lent
    waiting = device.pool.waiting_bytes
    with plan.run({})["brighter"]:
        assert device.pool.waiting_bytes < waiting


def test_a_group_without_uniforms_needs_none(shaders: Path) -> None:
    device, graph = open_device(), Graph()
    graph.add(RampPass(3, 1))
    graph.add(MirrorPass(), picture="ramp")
    with Plan(device, graph, ["mirrored"]).run({})["mirrored"] as lease:
        (pixels,) = device.fetch([lease]).result()
    assert pixels[0, :, 0].tolist() == [2, 1, 0]
