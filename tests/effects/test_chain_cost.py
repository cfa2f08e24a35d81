"""The cost of a frame of a whole chain: groups, bytes of attachments, and nothing that is created."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest

from engine.effects import Effect, FrameContext, describe_chain, effect_type
from engine.render import Graph, Image, Plan, open_device
from tests.render.created import created_on

CLASSIC = ("exposure", "white_balance", "cdl", "bloom", "halation", "vignette", "grain", "lens_distortion")


def chain(kinds: Sequence[str], frame: FrameContext) -> list[Effect]:
    changed = {"exposure": {"stops": 0.5}, "cdl": {"saturation": 0.9}, "white_balance": {"temperature": 5000.0}}
    return [effect_type(kind)(**changed.get(kind, {})) for kind in kinds]


@pytest.mark.parametrize(("size", "groups", "pictures"), [((1920, 1080), 30, 7.3), ((3840, 2160), 38, 10.9)])
def test_a_whole_chain_has_few_groups_and_bytes(size: tuple[int, int], groups: int, pictures: float) -> None:
    """`pictures` counts the bytes of attachments in pictures of the frame in half floats."""
    frame, picture, graph = FrameContext(*size), Image(*size), Graph()
    graph.source("picture", picture)
    described = describe_chain(chain(CLASSIC, frame), frame, "picture", {"picture": picture})

    schedule = graph.schedule([described.add_to(graph)])

    written = [schedule.specs[name] for group in schedule.groups for name in map(group.made, group.chains)]
    assert len(schedule.groups) <= groups
    assert sum(spec.size for spec in written) <= pictures * picture.size
    assert not schedule.unseen


def test_a_steady_chain_creates_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exposure and grain change from frame to frame, so uniforms do."""
    device, picture, graph = open_device(), Image(63, 35), Graph()
    graph.source("picture", picture)

    def described(number: int):  # type: ignore[no-untyped-def]
        frame = FrameContext(63, 35, number, Fraction(number, 25))
        effects = [effect_type("exposure")(stops=number / 10), effect_type("grain")(), effect_type("vignette")()]
        return describe_chain(effects, frame, "picture", {"picture": picture})

    plan = Plan(device, graph, [described(0).add_to(graph)])
    with device.load_picture(np.ones((35, 63, 4), np.float16), picture.format) as source:

        def frame(number: int) -> None:
            described_frame = described(number)
            for name, values in described_frame.values.items():
                plan.set_values(name, values)
            with plan.run({"picture": source.resource})[described_frame.result] as made:
                device.fetch([made]).result()

        for number in range(3):
            frame(number)
        with created_on(monkeypatch, device.gpu, source.resource) as created:
            for number in range(3, 8):
                frame(number)

    assert created == []
