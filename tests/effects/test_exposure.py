"""Exposure, and what every effect has in common: masks, alpha and windows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from pydantic import ValidationError

from engine.effects import FrameContext, PassBuilder, describe_chain, effect_type, render_array
from engine.effects.exposure import ExposureEffect
from engine.errors import RequestError
from engine.render import Image, PointPass, Table


def noise(height: int, width: int, channels: int = 3) -> np.ndarray:
    return np.random.default_rng(1).random((height, width, channels), np.float32)


def test_a_stop_doubles_the_light_and_keeps_alpha() -> None:
    picture = noise(3, 5, 4)

    made = render_array([ExposureEffect(stops=1)], picture)

    np.testing.assert_array_equal(made[..., :3], picture[..., :3] * 2)
    np.testing.assert_array_equal(made[..., 3], picture[..., 3])


def test_a_mask_limits_an_effect() -> None:
    picture, mask = noise(4, 4), np.zeros((4, 4), np.float32)
    mask[0], mask[1] = 1, 0.5

    made = render_array([ExposureEffect(stops=1, mask="person")], picture, masks={"person": mask})

    np.testing.assert_allclose(made, picture * (1 + mask[..., None]), atol=1e-6)


def test_frames_that_differ_only_in_parameters_share_one_topology() -> None:
    specs = {"picture": Image(8, 8)}
    first = describe_chain([ExposureEffect(stops=1)], FrameContext(8, 8, 0), "picture", specs)
    second = describe_chain([ExposureEffect(stops=2)], FrameContext(8, 8, 1), "picture", specs)

    assert first.topology == second.topology
    assert first.values != second.values


@pytest.mark.parametrize("stops", [float("nan"), float("inf"), 17])
def test_parameters_outside_their_limits_are_refused(stops: float) -> None:
    with pytest.raises(ValidationError):
        ExposureEffect(stops=stops)


def test_an_unknown_effect_is_refused_with_the_known_names() -> None:
    with pytest.raises(RequestError, match="bloon") as refused:
        effect_type("bloon")
    assert "exposure" in refused.value.hint


def test_another_table_is_another_topology_even_in_the_place_of_a_freed_one() -> None:
    class TablePass(PointPass):
        shader = "effects/exposure.wgsl"
        outputs = ("exposed",)

        def tables(self) -> Mapping[str, Table]:
            return {"curve": Table(np.zeros(4, np.float32), "array<f32>")}

    class TableEffect(ExposureEffect):
        def build(self, passes: PassBuilder, picture: str) -> str:
            return passes.add(TablePass(), "exposed", picture=picture)

    specs = {"picture": Image(8, 8)}
    topologies = {describe_chain([TableEffect()], FrameContext(8, 8), "picture", specs).topology for _ in range(20)}

    assert len(topologies) == 20
