"""White balance: adapts the picture as if the light of its scene had been neutral."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from engine.effects.effect import Effect
from engine.effects.pass_builder import PassBuilder
from engine.render import PointPass, Rows3, Uniforms, rows3

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NEUTRAL = 6000.0
# The white of ACES, as CIE 1931 x, y.
_WHITE = (0.32168, 0.33767)
_TINTS_PER_UV = 3000.0


class WhiteBalanceEffect(Effect):
    """White balance by a Bradford adaptation.

    Light of the given temperature and tint becomes neutral. A grey keeps its luminance.
    """

    kind: ClassVar[str] = "white_balance"

    temperature: float = Field(
        _NEUTRAL, ge=1700, le=15000, description="Light that becomes neutral, in kelvin: 6000 is none, more is warmer."
    )
    tint: float = Field(
        0.0, ge=-150, le=150, description="Distance from the Planckian locus, Duv × 3000: + is magenta."
    )

    def build(self, passes: PassBuilder, picture: str) -> str:
        """One pointwise pass."""
        values = WhiteBalanceUniforms(_adaptation(self.temperature, self.tint))
        return passes.add(WhiteBalancePass(values), "balanced", picture=picture)


@dataclass(frozen=True)
class WhiteBalanceUniforms(Uniforms):
    """See shaders/effects/white_balance.wgsl."""

    adapted: Rows3


class WhiteBalancePass(PointPass):
    """Multiplies colours by a matrix."""

    shader = "effects/white_balance.wgsl"
    outputs = ("balanced",)
    uniforms = WhiteBalanceUniforms


@lru_cache(maxsize=256)
def _adaptation(temperature: float, tint: float) -> Rows3:
    import numpy as np

    from engine.picture import AP1, bradford_adaptation, rgb_to_xyz

    to_xyz = rgb_to_xyz(AP1)
    matrix = np.linalg.solve(to_xyz, bradford_adaptation(light_chromaticity(temperature, tint), _WHITE) @ to_xyz)
    # A grey of 1 has the luminance 1, and keeps it.
    return rows3(matrix / (to_xyz[1] @ matrix.sum(1)))


def light_chromaticity(temperature: float, tint: float) -> tuple[float, float]:
    """CIE 1931 (x, y) of a light: the white of ACES, moved as a Planckian light moves from 6000 K, and by the tint.

    The Planckian locus is Krystek's approximation, in CIE 1960 (u, v).
    """
    import numpy as np

    along = _planckian(temperature * 1.0005) - _planckian(temperature / 1.0005)
    across = np.array([along[1], -along[0]]) / np.hypot(*along)
    x, y = _WHITE
    white = np.array([4 * x, 6 * y]) / (12 * y - 2 * x + 3)
    u, v = white + _planckian(temperature) - _planckian(_NEUTRAL) + across * (tint / _TINTS_PER_UV)
    scale = 2 * u - 8 * v + 4
    return float(3 * u / scale), float(2 * v / scale)


def _planckian(kelvin: float) -> NDArray[Any]:
    import numpy as np

    t = kelvin
    u = (0.860117757 + 1.54118254e-4 * t + 1.28641212e-7 * t * t) / (1 + 8.42420235e-4 * t + 7.08145163e-7 * t * t)
    v = (0.317398726 + 4.22806245e-5 * t + 4.20481691e-8 * t * t) / (1 - 2.89741816e-5 * t + 1.61456053e-7 * t * t)
    return np.array([u, v])
