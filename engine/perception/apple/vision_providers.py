"""Masks, faces and flow by Vision."""

from __future__ import annotations

from engine.errors import EngineError
from engine.perception.apple.face_points import mesh_points
from engine.perception.apple.products_of import (
    FlowSigns,
    calibration_pair,
    faces_of,
    no_person,
    optical_flow,
    person_mask,
    signs_in,
)
from engine.perception.apple.vision_framework import FlowAccuracy, MaskQuality, VisionFramework
from engine.perception.products import OpticalFlow, PersonFace, PersonMask, ProductKind
from engine.perception.provider import AnalysisFrame, ProviderIdentity

_PROVIDER, _DEVICE = "vision", "macOS"


class VisionMaskProvider:
    """Finds people with VNGeneratePersonSegmentationRequest."""

    def __init__(self, framework: VisionFramework, quality: MaskQuality = "balanced") -> None:
        self._framework, self._quality = framework, quality

    @property
    def identity(self) -> ProviderIdentity:
        """What determines the results."""
        return _identity(self._framework, "person_mask", {"quality": self._quality})

    def warm_up(self) -> None:
        """Segments a small picture."""
        self._framework.person_segmentation(calibration_pair()[0], self._quality)

    def close(self) -> None:
        """Nothing is kept between requests."""

    def mask(self, frame: AnalysisFrame) -> PersonMask:
        """The mask of a frame."""
        height, width = frame.pixels.shape[:2]
        found = self._framework.person_segmentation(frame.pixels, self._quality)
        return person_mask(found, height, width) if found is not None else no_person(height, width)


class VisionFaceProvider:
    """Finds faces and their landmarks with VNDetectFaceLandmarksRequest."""

    def __init__(self, framework: VisionFramework) -> None:
        self._framework = framework

    @property
    def identity(self) -> ProviderIdentity:
        """What determines the results."""
        return _identity(self._framework, "face", {})

    def warm_up(self) -> None:
        """Searches a small picture."""
        self._framework.face_landmarks(calibration_pair()[0])

    def close(self) -> None:
        """Nothing is kept between requests."""

    def faces(self, frame: AnalysisFrame) -> tuple[PersonFace, ...]:
        """The faces of a frame, the most certain first."""
        height, width = frame.pixels.shape[:2]
        return tuple(
            PersonFace(face.box, face.score, mesh_points(regions, width / height))
            for face, regions in faces_of(self._framework.face_landmarks(frame.pixels))
        )


class VisionFlowProvider:
    """Finds motion with VNGenerateOpticalFlowRequest.

    Apple does not document the directions of its values: the motion of a test picture determines them, and a result
    that is not that motion in any direction is an error.
    """

    def __init__(self, framework: VisionFramework, accuracy: FlowAccuracy = "medium") -> None:
        self._framework, self._accuracy = framework, accuracy
        self._signs: FlowSigns | None = None

    @property
    def identity(self) -> ProviderIdentity:
        """What determines the results."""
        return _identity(self._framework, "optical_flow", {"accuracy": self._accuracy})

    def warm_up(self) -> None:
        """Measures the directions of the flow. Raises EngineError if the flow of the test picture is wrong."""
        self._signs = signs_in(self._framework.optical_flow(*calibration_pair(), self._accuracy))

    def close(self) -> None:
        """Nothing is kept between requests."""

    def flow(self, frame: AnalysisFrame, following: AnalysisFrame) -> OpticalFlow:
        """The flow between two frames. Raises EngineError if their sizes differ."""
        if frame.pixels.shape != following.pixels.shape:
            raise EngineError("Two frames of a take have different sizes.", "Perceive the take again.")
        if self._signs is None:
            self.warm_up()
        assert self._signs is not None
        forward = self._framework.optical_flow(frame.pixels, following.pixels, self._accuracy)
        backward = self._framework.optical_flow(following.pixels, frame.pixels, self._accuracy)
        return optical_flow(forward, backward, self._signs, *frame.pixels.shape[:2])


def _identity(
    framework: VisionFramework, product: ProductKind, parameters: dict[str, str | int | float | bool]
) -> ProviderIdentity:
    return ProviderIdentity(_PROVIDER, product, framework.version(), _DEVICE, parameters=parameters)
