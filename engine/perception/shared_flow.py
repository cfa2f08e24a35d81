"""Flow that several tracks need: each pair of frames is computed once."""

from __future__ import annotations

from collections import OrderedDict

from engine.perception.products import OpticalFlow
from engine.perception.provider import AnalysisFrame, FlowProvider, ProviderIdentity

# Two tracks of the same frames are at most a span of keyframes apart.
_KEPT = 32


class SharedFlow:
    """A flow provider that keeps its last results."""

    def __init__(self, provider: FlowProvider) -> None:
        self._provider = provider
        self._kept: OrderedDict[tuple[int, int], OpticalFlow] = OrderedDict()

    @property
    def identity(self) -> ProviderIdentity:
        """That of the provider."""
        return self._provider.identity

    def warm_up(self) -> None:
        """As the provider."""
        self._provider.warm_up()

    def close(self) -> None:
        """As the provider."""
        self._kept.clear()
        self._provider.close()

    def flow(self, frame: AnalysisFrame, following: AnalysisFrame) -> OpticalFlow:
        """As the provider. Frames of one number have the same pixels."""
        key = (frame.number, following.number)
        if key not in self._kept:
            self._kept[key] = self._provider.flow(frame, following)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return self._kept[key]
