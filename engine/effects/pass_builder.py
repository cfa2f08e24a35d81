"""Collects the passes of one frame, with the specs of the pictures between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.effects.frame import FrameContext
from engine.render import History, Image, Pass, Spec


@dataclass(frozen=True, slots=True)
class BuiltPass:
    """A pass and its wires, as `Graph.add` accepts them."""

    work: Pass
    name: str
    wires: Mapping[str, str | History]


@dataclass(slots=True)
class PassBuilder:
    """The passes of the effects of one frame, in order. `specs` has the spec of every name that can be read.

    The names of passes and pictures start with `prefix`, which is unique for each effect of a chain. `sources` are the
    pictures of masks and other sources where they have another name, `confidence` is that of each source, and `metric`
    has the depths that state whether they are in metres.
    """

    frame: FrameContext
    specs: dict[str, Spec]
    prefix: str = ""
    passes: list[BuiltPass] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    confidence: dict[str, float] = field(default_factory=dict)
    metric: dict[str, bool] = field(default_factory=dict)

    def add(self, work: Pass, name: str, **reads: str | History) -> str:
        """Add a pass with one output. `reads` maps its inputs to names of pictures, or to results of earlier frames.

        Returns the name of its output.
        """
        (output,) = work.outputs
        return self.add_all(work, name, **reads)[output]

    def add_all(self, work: Pass, name: str, **reads: str | History) -> dict[str, str]:
        """As `add` for a pass with several outputs: returns the names of the outputs by the pass's own names."""
        name = f"{self.prefix}{name}"
        made = {slot: name if len(work.outputs) == 1 else f"{name}: {slot}" for slot in work.outputs}
        given = {slot: self._spec(source) for slot, source in reads.items()}
        derived = work.output_specs({slot: spec for slot, spec in given.items() if spec is not None})
        self.specs |= {made[slot]: derived[slot] for slot in work.outputs}
        self.passes.append(BuiltPass(work, name, {**reads, **made}))
        return made

    def _spec(self, source: str | History) -> Spec | None:
        """The spec of an input; None for an earlier result of a pass that follows."""
        return self.specs.get(source.name) if isinstance(source, History) else self.specs[source]

    def source(self, name: str) -> str:
        """The name of the picture of a source, which geometry before it may have moved."""
        return self.sources.get(name, name)

    def image(self, name: str) -> Image:
        """The spec of a picture. Raises KeyError if there is none of this name."""
        spec = self.specs[name]
        assert isinstance(spec, Image)
        return spec
