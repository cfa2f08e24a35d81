"""Decodes frames for the screen through the SDR view, on a thread; only the newest request of a slot is served."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Condition, Thread, get_native_id
from typing import TYPE_CHECKING

from textual.message import Message

from cwtui.console.messages import (
    DeliveryFrameRequest,
    FrameLoaded,
    FrameRequest,
    LookFrameRequest,
    PictureRequest,
    PreviewRequest,
)
from cwtui.console.terminal.graphics import encode_image
from cwtui.console.workers.error_report import to_engine_error
from cwtui.console.workers.look_frames import LookFrames
from cwtui.console.workers.open_studio import open_studio
from cwtui.console.workers.overlay_frames import OverlayFrames
from engine.catalog import Encoding, Take
from engine.errors import EngineError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.looks import TakeSources
    from engine.picture import Viewer
    from engine.studio import FrameViewer, StoredSources, Studio

# The number of takes whose files stay open.
_MAX_OPEN_TAKES = 3
_NICENESS = 5


class GpuDetected(Message):
    """The name of the GPU interface that renders the frames."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


class FrameLoader(Thread):
    """The decoder thread of all widgets. A request replaces the slot's pending one."""

    def __init__(self, folder: Path, post: Callable[[Message], object]) -> None:
        super().__init__(name="frames", daemon=True)
        self._folder = folder
        self._post = post
        self._requests: dict[str, PictureRequest] = {}
        self._changed = Condition()
        self._current: PictureRequest | None = None
        self._stopping = self._gpu_reported = self._gpu_expected = False
        self._viewers: dict[str, Viewer] = {}
        self._deliveries: FrameViewer | None = None
        self._looks = LookFrames(folder)
        self._stored: StoredSources | None = None
        self._overlays = OverlayFrames()

    def request(self, request: PictureRequest) -> None:
        """Request a frame in place of the slot's pending request, unless the same frame is being decoded now."""
        with self._changed:
            if request == self._current:
                self._requests.pop(request.slot, None)
                return
            self._requests[request.slot] = request
            self._changed.notify()

    def expect_frames(self) -> None:
        """Load the GPU now, because footage is being added whose first frame will be requested soon."""
        with self._changed:
            self._gpu_expected = True
            self._changed.notify()

    def cancel(self, slots: str) -> None:
        """Cancel the pending requests of all slots whose names start with `slots`."""
        with self._changed:
            for slot in [slot for slot in self._requests if slot.startswith(slots)]:
                del self._requests[slot]

    def idle(self) -> bool:
        """Whether no request is pending or being served."""
        with self._changed:
            return not self._requests and self._current is None

    def stop(self) -> None:
        """Ends the thread."""
        with self._changed:
            self._stopping = True
            self._changed.notify()

    def run(self) -> None:
        """Decodes requested frames until the loader is stopped."""
        if sys.platform == "linux":
            # On Linux, niceness applies per thread: decoding yields to key handling, and background jobs to decoding.
            os.setpriority(os.PRIO_PROCESS, get_native_id(), _NICENESS)
        request = self._next()
        if request is None:
            return
        studio = open_studio(self._folder, self._post)
        if studio is None:
            return
        while request:
            picture, shown, trouble = None, None, None
            try:
                picture = self._render(studio, request)
                # On this thread, because encoding takes longer than a key may wait.
                shown = encode_image(picture, request.target) if request.target else None
            except Exception as error:
                trouble = to_engine_error(error)
                self._close_files_of(request)
            with self._changed:
                # Under the lock, so that `request` sees either this frame being served or its result posted.
                note = self._note(request)
                self._post(FrameLoaded(request, picture, shown, trouble, note))
                self._current = None
            request = self._next()
        for take in list(self._viewers):
            self._close(take)
        self._close_delivery()
        if self._stored:
            self._stored.close()
        self._overlays.close()
        studio.close()

    def _next(self) -> PictureRequest | None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._requests or self._stopping or self._gpu_expected)
                if self._stopping:
                    return None
                if self._requests:
                    slot = min(self._requests, key=lambda slot: self._requests[slot].priority)
                    self._current = self._requests.pop(slot)
                    return self._current
                self._gpu_expected = False
            _load_gpu()

    def _render(self, studio: Studio, request: PictureRequest) -> NDArray[np.uint8]:
        if isinstance(request, DeliveryFrameRequest):
            return self._render_delivery(studio, request)
        if isinstance(request, PreviewRequest):
            from engine.market import preview_picture

            return preview_picture(request.archive, request.width)
        if isinstance(request, LookFrameRequest):
            viewer = self._viewer(studio, request.take, None)
            return self._looks.render(viewer, request, lambda: self._sources(studio, request.take))
        if request.take.probe.observation:
            from engine.science import observation_picture

            picture = observation_picture(studio.folder / request.take.path, request.width)
            self._report_gpu()
            return picture
        viewer = self._viewer(studio, request.take, request.transform)
        # The take's own may have been confirmed since the viewer was opened.
        transform = request.transform or request.take.input_transform
        picture = viewer.at(request.tick, request.width, transform)
        return self._overlays.draw(studio, request, picture) if request.overlay else picture

    def _note(self, request: PictureRequest) -> str:
        """What was measured of the last frame."""
        if isinstance(request, LookFrameRequest):
            return self._looks.note
        return self._overlays.note if isinstance(request, FrameRequest) and request.overlay else ""

    def _sources(self, studio: Studio, take: Take) -> TakeSources | None:
        from engine.studio import StoredSources

        self._stored = self._stored or StoredSources(studio)
        return self._stored.of(studio.subjects.unprobed(take))

    def _render_delivery(self, studio: Studio, request: DeliveryFrameRequest) -> NDArray[np.uint8]:
        from engine.deliver import with_outlines
        from engine.studio import FrameViewer

        self._deliveries = viewer = self._deliveries or FrameViewer(studio)
        if request.take:
            picture = viewer.take_frame(request.delivery, request.take, request.at, request.width)
        else:
            picture = viewer.cut_frame(request.delivery, request.project, request.cut, request.at, request.width)
        self._report_gpu()
        return with_outlines(picture, request.zones)

    def _viewer(self, studio: Studio, take: Take, transform: Encoding | None) -> Viewer:
        known = self._viewers.pop(take.id, None)
        if known is None:
            from engine.ingest import picture_transform
            from engine.picture import Viewer

            subject = studio.subject_of(take)
            footage = subject.footage
            if footage.probe.picture is None or footage.grid is None:
                raise EngineError(f"{take.label} has no picture.")
            chosen = picture_transform(footage, subject.input_transform or transform)
            assert chosen is not None
            known = Viewer(footage.path, footage.probe.picture, chosen, footage.grid)
            self._report_gpu()
        self._viewers[take.id] = known
        while len(self._viewers) > _MAX_OPEN_TAKES:
            self._close(next(iter(self._viewers)))
        return known

    def _close(self, take: str) -> None:
        """Close a take's viewer, if it is open. Errors are ignored: the file may be gone."""
        if viewer := self._viewers.pop(take, None):
            with suppress(Exception):
                viewer.close()

    def _close_files_of(self, request: PictureRequest) -> None:
        if isinstance(request, DeliveryFrameRequest):
            self._close_delivery()
        elif not isinstance(request, PreviewRequest):
            self._close(request.take.id)

    def _close_delivery(self) -> None:
        """Closes the files of the last delivery. Errors are ignored, as for takes."""
        if self._deliveries:
            with suppress(Exception):
                self._deliveries.close()
        self._deliveries = None

    def _report_gpu(self) -> None:
        if not self._gpu_reported:
            from engine.render import adapter_description

            self._gpu_reported = True
            kind = adapter_description().rpartition("(")[2].rstrip(")")
            software, _, interface = kind.rpartition(", ")
            self._post(GpuDetected(f"{interface} ({software})" if software == "software" else interface))


def _load_gpu() -> None:
    """Loads the GPU. An error is shown when a frame needs it."""
    with suppress(Exception):
        from engine.picture import load_gpu

        load_gpu()
