"""The numbered OpenEXR frames of a take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.catalog import Encoding
from engine.deliver.condition import SourceCondition
from engine.deliver.frame_files import write_frame_files
from engine.deliver.frames_recipe import FramesRecipe
from engine.deliver.outputs import Outputs, Progress
from engine.deliver.request import DeliverableRequest
from engine.deliver.take_pictures import TakePictures
from engine.ingest import picture_transform
from engine.picture import LinearPipeline, PictureSource, frame_attributes
from engine.time import Timecode


@dataclass(frozen=True, slots=True)
class TakeFrames:
    """The facts of a take's frames (`FrameFacts`). `digest` is the XXH128 of its content."""

    order: DeliverableRequest
    transform: Encoding
    digest: str

    @property
    def first_tick(self) -> int:
        """The first delivered tick of the take."""
        return self.order.ticks.start

    @property
    def frames(self) -> int:
        """The number of delivered ticks."""
        return len(self.order.ticks)

    def header(self, frame: int) -> Mapping[str, Any]:
        """The frame's rate, the camera's timecode, and its origin."""
        footage, grid = self.order.footage, self.order.footage.grid
        assert grid
        tick = self.order.ticks[frame]
        code = Timecode.parse(footage.probe.capture.timecode, grid.rate)
        return {
            "frame_rate": grid.rate,
            "timecode": code.label(tick) if code else None,
            "attributes": frame_attributes(
                source=footage.path.name,
                digest=self.digest,
                take=self.order.take or footage.name,
                transform=str(self.transform),
                tick=tick,
                time=tick / grid.rate,
            ),
        }


def write_take_frames(
    order: DeliverableRequest,
    recipe: FramesRecipe,
    folder: Path,
    made: Outputs,
    condition: SourceCondition,
    source_digest: str,
    progress: Progress | None,
    cancelled: Callable[[], bool] | None,
) -> None:
    """Writes the frames of a request below `folder`; errors as `write_frame_files`."""
    picture = order.footage.probe.picture
    transform = picture_transform(order.footage, order.input_transform)
    assert picture
    assert transform
    facts = TakeFrames(order, transform, source_digest)
    with PictureSource(order.footage.path, picture) as source:
        pipeline = LinearPipeline(picture, transform, order.scene_look)
        pictures = TakePictures(order, source, pipeline, None, condition, made.work)
        write_frame_files(order, recipe, pictures, facts, folder, made, progress, cancelled)
