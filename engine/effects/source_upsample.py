"""Brings masks, depth and flow from the size of their analysis to that of the picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from engine.effects.guided_upsample import add_guided
from engine.effects.pass_builder import PassBuilder
from engine.effects.sources import DEPTH, FLOW, PERSON
from engine.picture import ANALYSED, WHOLE_PICTURE, PictureWindow
from engine.render import F32, PICTURE, Constant, Image, PixelPass, Spec, Uniforms, Vec4

_FULL_SIZE = {"r32float": "r16float", "rg32float": "rg16float"}


@dataclass(frozen=True, slots=True)
class GivenSource:
    """A source beside the picture of a frame: how far it can be relied on, and the part of it that is rendered.

    `metric` is as in `LookSource`.
    """

    confidence: float = 1.0
    window: PictureWindow = WHOLE_PICTURE
    metric: bool | None = None


def add_source(passes: PassBuilder, name: str, given: GivenSource, picture: str) -> None:
    """Adds the passes that make a source as large as the frame, and its confidence.

    The source has the spec of its analysis in `passes.specs`, by its name after ANALYSED. The mask of people gets the
    edges of `picture`.
    """
    whole = PassBuilder(passes.frame, passes.specs, "", passes.passes)
    window = given.window
    # Flow is in shares of the height, which is that of the rendered part.
    gain = 1 / window.height if name == FLOW else 1.0
    values = SourceUpsampleUniforms((window.x, window.y, window.width, window.height), gain)
    frame = passes.frame
    if name == PERSON:
        passes.sources[name] = add_guided(whole, name, ANALYSED + name, picture, window)
    else:
        work = SourceUpsamplePass(values, name == DEPTH, frame.width, frame.height)
        passes.sources[name] = whole.add(work, name, analysed=ANALYSED + name)
    passes.confidence[name] = given.confidence
    if given.metric is not None:
        passes.metric[name] = given.metric


@dataclass(frozen=True)
class SourceUpsampleUniforms(Uniforms):
    """See shaders/effects/source_upsample.wgsl."""

    window: Vec4
    gain: F32


class SourceUpsamplePass(PixelPass):
    """A source at the size of the frame. Beside the source, it is 0, or goes on like its edge if it `spreads`."""

    shader = "effects/source_upsample.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"analysed": PICTURE}
    outputs = ("upsampled",)
    uniforms = SourceUpsampleUniforms

    def __init__(self, values: SourceUpsampleUniforms, spreads: bool, width: int, height: int) -> None:
        super().__init__(values)
        self._spreads, self._size = spreads, (width, height)

    def constants(self) -> Mapping[str, Constant]:
        """The size of the frame, and what is beside the source."""
        return {"WIDTH": self._size[0], "HEIGHT": self._size[1], "SPREADS": self._spreads}

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """A picture of the frame's size."""
        analysed = inputs["analysed"]
        assert isinstance(analysed, Image)
        return {"upsampled": Image(*self._size, _FULL_SIZE.get(analysed.format, analysed.format))}
