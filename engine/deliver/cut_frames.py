"""The numbered OpenEXR frames of a cut, with its dissolves mixed in scene-linear light."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.deliver.cut_condition import CutCondition
from engine.deliver.cut_pictures import CutPictures
from engine.deliver.cut_request import CutRequest
from engine.deliver.cut_titles import titled
from engine.deliver.frame_files import write_frame_files
from engine.deliver.frames_recipe import FramesRecipe
from engine.deliver.outputs import Outputs, Progress
from engine.ingest import picture_transform
from engine.picture import LinearCompositor, frame_attributes
from engine.time import Timecode
from engine.timeline import CutLayers


@dataclass(frozen=True, slots=True)
class CutFrames:
    """The facts of a film's frames (`FrameFacts`): its timecode from 0, and the take that is shown first."""

    order: CutRequest
    layers: CutLayers

    @property
    def first_tick(self) -> int:
        """A film begins at 0."""
        return 0

    @property
    def frames(self) -> int:
        """The number of frames."""
        return self.order.frames

    def header(self, frame: int) -> Mapping[str, Any]:
        """The film's rate and timecode, and the origin of the frame if it shows one take."""
        order, cut = self.order, self.order.cut
        attributes = {"cleanwater:cut": cut.name, "cleanwater:frame": str(frame)}
        shown = [
            (source, one.tick)
            for one in self.layers.at(order.tick_of(frame))
            if (take := cut.clips[one.clip].take) and (source := order.takes[take]).has_picture
        ]
        if len(shown) == 1:
            source, tick = shown[0]
            attributes |= frame_attributes(
                source=source.footage.path.name,
                digest=source.digest,
                take=source.label,
                transform=str(picture_transform(source.footage, source.input_transform)),
                tick=tick,
                time=tick / cut.rate,
            )
        return {
            "frame_rate": order.rate,
            "timecode": Timecode(order.rate).label(frame),
            "attributes": attributes,
        }


def write_cut_frames(
    order: CutRequest,
    recipe: FramesRecipe,
    folder: Path,
    made: Outputs,
    condition: CutCondition,
    progress: Progress | None,
    cancelled: Callable[[], bool] | None,
) -> None:
    """Writes the frames of a film below `folder`; errors as `write_frame_files`."""
    compositor, facts = LinearCompositor(order.cut.width, order.cut.height), CutFrames(order, CutLayers(order.cut))
    titles = titled(order, (order.cut.width, order.cut.height))
    with closing(CutPictures(order, compositor, titles, condition, made.work)) as pictures:
        write_frame_files(order, recipe, pictures, facts, folder, made, progress, cancelled)
