"""The interface of a look for the picture pipelines: passes on scene-linear light, described for each frame."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from engine.picture.look_source import LookSource, PictureWindow
    from engine.render import Graph, Spec, Uniforms

ANALYSED = "analysed "
"""Begins the name under which a graph has a source at its own size."""


class LookPasses(Protocol):
    """The passes of a look for one frame.

    A plan that was compiled for a frame renders every other one with the same `topology`, with its `values`.
    """

    @property
    def topology(self) -> Hashable:
        """Equal for frames whose passes differ only in uniforms."""

    @property
    def values(self) -> Mapping[str, Uniforms]:
        """The uniforms of each pass that has some, by its name."""

    def add_to(self, graph: Graph) -> str:
        """Adds the passes to a graph that has the described picture. Returns the name of the result."""


class SceneLook(Protocol):
    """A look: applied to an upright picture at its final size, in scene-linear ACEScg, before the view.

    The size is that of the delivered picture without bars, so that a draft is the final picture at another size.
    """

    @property
    def shot(self) -> Hashable:
        """Equal for frames of one shot: passes that read earlier frames begin again at another shot."""

    def sources(self, number: int) -> Mapping[str, LookSource]:
        """The sources that the passes of a frame read beside its picture, by name.

        Raises RequestError if the look reads one that there is not.
        """

    def describe(
        self,
        number: int,
        picture: str,
        specs: Mapping[str, Spec],
        sources: Mapping[str, LookSource],
        window: PictureWindow,
    ) -> LookPasses:
        """The passes for a frame; `number` counts the frames of the film.

        `specs` has the spec of `picture`, and those of the sources by their names after ANALYSED. `window` is the part
        of the sources that `picture` shows.
        """
