"""Colour differences against colour-science."""

from __future__ import annotations

import numpy as np
import pytest

from engine.picture import View
from engine.picture.difference import delta_e_2000, difference

SHARMA = [  # pairs for which naive implementations fail, from table 1 of the paper
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, 0, 0), (50, -1, 2), 2.3669),
    ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
    ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize(("one", "other", "expected"), SHARMA)
def test_the_pairs_of_the_paper_have_its_differences(
    one: tuple[float, ...], other: tuple[float, ...], expected: float
) -> None:
    pair = (np.array(one, float), np.array(other, float))

    assert delta_e_2000(*pair) == pytest.approx(expected, abs=1e-4)
    assert delta_e_2000(*pair[::-1]) == pytest.approx(expected, abs=1e-4)


def codes() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    one = rng.random((500, 3))
    return one, np.clip(one + rng.normal(0, 0.02, one.shape), 0, 1)


def test_sdr_is_delta_e_2000_of_rec1886() -> None:
    import colour

    one, other = codes()
    white = colour.CCS_ILLUMINANTS["CIE 1931 2 Degree Standard Observer"]["D65"]
    lab = [
        colour.XYZ_to_Lab(colour.RGB_to_XYZ(code**2.4, "ITU-R BT.709", apply_cctf_decoding=False), white)
        for code in (one, other)
    ]

    np.testing.assert_allclose(difference(one, other, "sdr"), colour.delta_E(*lab, method="CIE 2000"), atol=2e-3)


@pytest.mark.parametrize("view", ["hlg", "pq"])
def test_hdr_is_delta_e_itp(view: View) -> None:
    import colour

    one, other = codes()
    itp = []
    for code in (one, other):
        nits = (
            colour.eotf(code, "ITU-R BT.2100 PQ") if view == "pq" else colour.eotf(code, "ITU-R BT.2100 HLG", L_W=1000)
        )
        itp.append(colour.RGB_to_ICtCp(nits, method="ITU-R BT.2100-2 PQ", L_p=10000))

    np.testing.assert_allclose(difference(one, other, view), colour.delta_E(*itp, method="ITP"), rtol=2e-3, atol=1e-3)
