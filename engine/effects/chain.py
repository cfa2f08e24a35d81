"""Describes the passes of a chain of effects for one frame."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from engine.effects.effect import Effect
from engine.effects.frame import FrameContext
from engine.effects.pass_builder import BuiltPass, PassBuilder
from engine.effects.source_upsample import GivenSource, add_source
from engine.render import Graph, Spec, Uniforms


@dataclass(frozen=True, slots=True)
class EffectResult:
    """The picture after an effect of a chain. `effect` is its place from 1 and its kind ("2 bloom")."""

    effect: str
    picture: str


@dataclass(frozen=True, slots=True)
class DescribedChain:
    """The passes of a chain for one frame: `result` is the name of its picture.

    `results` has the picture after each effect, for example to measure its energy.
    `topology` is equal for two frames whose passes differ only in uniforms. A plan that was compiled for one of them
    renders the other after `Plan.set_values(node, values[node])` for each node.
    """

    passes: tuple[BuiltPass, ...]
    result: str
    topology: Hashable
    results: tuple[EffectResult, ...] = ()

    @property
    def values(self) -> dict[str, Uniforms]:
        """The uniforms of each pass that has some."""
        return {built.name: built.work.values for built in self.passes if built.work.values is not None}

    def add_to(self, graph: Graph) -> str:
        """Add the passes to a graph that has the chain's sources. Returns the name of the result."""
        for built in self.passes:
            graph.add(built.work, built.name, **built.wires)
        return self.result


def describe_chain(
    effects: Sequence[Effect],
    frame: FrameContext,
    picture: str,
    specs: Mapping[str, Spec],
    given: Mapping[str, GivenSource] | None = None,
) -> DescribedChain:
    """The passes that apply `effects` in order to the picture named `picture`.

    `specs` has the specs of the picture and of the masks and other sources, which have its size. The sources that are
    `given` have sizes of their own, and in `specs` names after ANALYSED. With no effects, the result is `picture`.
    Raises KeyError if an effect reads a name that is not in `specs`.
    """
    passes = PassBuilder(frame, dict(specs))
    for name, source in (given or {}).items():
        add_source(passes, name, source, picture)
    result = picture
    results = []
    for number, effect in enumerate(effects, 1):
        passes.prefix = f"{number} {effect.kind} "
        result = effect.apply(passes, result)
        results.append(EffectResult(f"{number} {effect.kind}", result))
        if effect.moves:
            _move_sources(effect, passes)
    # The sizes of intermediate pictures depend on the place of a window, which no pass states.
    sizes = tuple((name, spec) for name, spec in sorted(passes.specs.items()))
    topology = (picture, sizes, tuple(_shape(built) for built in passes.passes))
    return DescribedChain(tuple(passes.passes), result, topology, tuple(results))


def _move_sources(effect: Effect, passes: PassBuilder) -> None:
    """Moves the sources as an effect has moved the picture. Those that nothing reads afterwards are not computed."""
    prefix = passes.prefix
    for name, picture in passes.sources.items():
        passes.prefix = f"{prefix}{name} "
        passes.sources[name] = effect.move_source(passes, name, picture)


def _shape(built: BuiltPass) -> Hashable:
    """The parts of a pass that are compiled. A table counts as the same only if it is the same object."""
    constants = tuple(sorted(built.work.constants().items()))
    # The tables themselves, which compare by identity: an id would be that of another table once this one is freed.
    tables = tuple(sorted(built.work.tables().items(), key=lambda item: item[0]))
    return built.name, type(built.work), built.work.generated(), constants, tables, tuple(sorted(built.wires.items()))
