"""Every layout is mixed to stereo or mono by a documented rule, and only the LFE is dropped."""

from __future__ import annotations

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.sound import Downmix
from engine.sound.downmix import downmix, mix_matrix

_NAMED = [
    *("mono", "stereo", "2.1", "3.0", "3.0(back)", "3.1", "4.0", "quad", "quad(side)", "4.1", "5.0", "5.0(side)"),
    *("5.1", "5.1(side)", "6.0", "6.0(front)", "hexagonal", "6.1", "6.1(back)", "6.1(front)", "7.0", "7.0(front)"),
    *("7.1", "7.1(wide)", "7.1(wide-side)", "octagonal", "cube", "5.1.2", "5.1.4", "7.1.4", "hexadecagonal", "22.2"),
]
_MIRROR = str.maketrans("LR", "RL")
_HALF = 0.5**0.5


def channels(layout: str) -> list[str]:
    return [channel.name for channel in av.AudioLayout(layout).channels]


@pytest.mark.parametrize("layout", _NAMED)
def test_only_lfe_channels_are_dropped(layout: str) -> None:
    names = channels(layout)
    sides = mix_matrix(layout, names, "stereo")
    assert sides.shape == (2, len(names))
    mixed = {name for name, gains in zip(names, sides.T, strict=True) if gains.any()}
    assert set(names) - mixed <= {"LFE", "LFE2"}


@pytest.mark.parametrize("layout", [name for name in _NAMED if name != "mono"])
def test_left_and_right_are_symmetric(layout: str) -> None:
    names = channels(layout)
    gains = dict(zip(names, mix_matrix(layout, names, "stereo").T, strict=True))
    for name in set(names) - {"LFE", "LFE2"}:
        assert gains[name] == pytest.approx(gains[name.translate(_MIRROR)][::-1])


@given(layout=st.sampled_from([*_NAMED, "ambisonic 1"]), to=st.sampled_from(["mono", "stereo"]))
def test_the_report_has_the_exact_gains(layout: str, to: str) -> None:
    names = channels(layout) if layout in _NAMED else [f"AMBI{n}" for n in range(4)]
    report = downmix(layout, names, to)  # type: ignore[arg-type]
    assert np.allclose(report.gains, mix_matrix(layout, names, to), atol=1e-6)  # type: ignore[arg-type]
    assert Downmix.model_validate_json(report.model_dump_json()) == report


@given(count=st.integers(1, 24), to=st.sampled_from(["mono", "stereo"]))
def test_unnamed_channels_are_all_mixed(count: int, to: str) -> None:
    report = downmix(f"{count} channels", ["NONE"] * count, to)  # type: ignore[arg-type]
    gains = np.abs(report.gains).sum(axis=0)
    assert report.rule
    assert np.count_nonzero(gains == 0) <= (1 if count in (6, 7, 8) else 0)


@pytest.mark.parametrize(
    ("layout", "names", "rule"),
    [
        ("mono", ["FC"], "mono on both channels"),
        ("stereo", ["FL", "FR"], "unchanged"),
        ("5.1", channels("5.1"), "Rec. ITU-R BS.775-4"),
        ("4 channels", ["NONE"] * 4, "Rec. ITU-R BS.775-4, unnamed channels assumed to be FL FR BL BR"),
        ("11 channels", ["NONE"] * 11, "unknown channel positions: all in the centre at −3 dB"),
        ("ambisonic 1", [f"AMBI{n}" for n in range(4)], "AmbiX (ACN, SN3D): cardioids left and right, (W ± Y) / 2"),
    ],
)
def test_the_rule_is_reported(layout: str, names: list[str], rule: str) -> None:
    assert downmix(layout, names, "stereo").rule == rule


def test_a_stereo_pair_beside_ambisonics_keeps_its_sides() -> None:
    names = [*(f"AMBI{n}" for n in range(4)), "FL", "FR"]
    assert mix_matrix("ambisonic 1+stereo", names, "stereo")[:, 4:] == pytest.approx(np.eye(2))
    assert mix_matrix("ambisonic 1+stereo", names, "mono")[0] == pytest.approx([1, 0, 0, 0, 0.5, 0.5])


def test_surround_is_mixed_at_minus_3_db() -> None:
    assert downmix("7.1", channels("7.1"), "stereo").gains == (
        pytest.approx((1, 0, _HALF, 0, _HALF, 0, _HALF, 0), abs=1e-6),
        pytest.approx((0, 1, _HALF, 0, 0, _HALF, 0, _HALF), abs=1e-6),
    )
