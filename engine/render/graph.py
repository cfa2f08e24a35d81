"""A graph of passes, validated before the GPU is used."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from engine.errors import EngineError
from engine.render.history import History
from engine.render.passes import ComputePass, DrawPass, Pass, PixelPass, PointPass
from engine.render.spec import BLENDABLE, DRAWABLE, Image, Spec


class GraphError(EngineError):
    """An invalid graph. The message names the pass and the error."""

    exit_code = 2


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A pass in a graph: `reads` and `makes` map the pass's own names to the graph's names."""

    name: str
    work: Pass
    reads: Mapping[str, str]
    makes: Mapping[str, str]


@dataclass(slots=True, eq=False)
class Group:
    """Passes that run as one: a leader, and the pointwise passes fused to its outputs.

    `chains` lists the fused passes in order for each output of the leader.
    """

    leader: Node
    chains: dict[str, list[Node]]

    @property
    def nodes(self) -> list[Node]:
        """All passes, the leader first."""
        return [self.leader, *(node for chain in self.chains.values() for node in chain)]

    @property
    def name(self) -> str:
        """The names of the passes for display."""
        return " + ".join(node.name for node in self.nodes)

    def made(self, output: str) -> str:
        """The graph name of the result of the leader's `output` and its fused passes."""
        chain = self.chains[output]
        return next(iter(chain[-1].makes.values())) if chain else self.leader.makes[output]


@dataclass(frozen=True, slots=True)
class Schedule:
    """A validated graph: its groups in execution order, and the spec of every name.

    `history` has the results of earlier runs that passes read, by the names under which they read them. `unseen` are
    results that nothing reads.
    """

    groups: tuple[Group, ...]
    specs: Mapping[str, Spec]
    sources: Mapping[str, Spec]
    wanted: tuple[str, ...]
    history: Mapping[str, History]
    unseen: frozenset[str]


class Graph:
    """Passes connected by names. A name is produced once, by a source or a pass, and read any number of times."""

    def __init__(self) -> None:
        self._sources: dict[str, Spec] = {}
        self._nodes: list[Node] = []
        self._history: dict[str, History] = {}

    def source(self, name: str, spec: Spec) -> None:
        """Add an external input such as decoded planes or a mask. Raises GraphError if the name already exists."""
        self._refuse_second(name, f"the source “{name}”")
        self._sources[name] = spec

    def add(self, work: Pass, name: str | None = None, **wires: str | History) -> str:
        """Add a pass. `wires` maps its own names to graph names; the default is the same name. Returns the pass's name.

        An input may be wired to the `History` of a result, also of the pass's own. Raises GraphError for a name that
        the pass does not have, or one that is already produced.
        """
        kind = type(work).__name__.removesuffix("Pass").lower()
        taken = {node.name for node in self._nodes}
        name = name or next(n for n in (kind, *(f"{kind} {i}" for i in range(2, len(taken) + 3))) if n not in taken)
        if name in taken:
            raise GraphError(f"There are two passes named “{name}”.", "Rename one of them.")
        known = (*work.inputs, *work.outputs)
        if strange := [wire for wire in wires if wire not in known]:
            raise GraphError(f"Pass “{name}” has no “{strange[0]}”; it has {', '.join(known)}.", "Correct the name.")
        history = {slot: wire for slot, wire in wires.items() if isinstance(wire, History)}
        for slot, past in history.items():
            if slot in work.outputs or past.frames < 1:
                raise GraphError(
                    f"Pass “{name}” cannot have {past} as its {slot}.", "Read a result of 1 or more runs ago."
                )
        names = {slot: wire.key if isinstance(wire, History) else wire for slot, wire in wires.items()}
        makes = {slot: names.get(slot, slot) for slot in work.outputs}
        for made in makes.values():
            self._refuse_second(made, f"pass “{name}”")
        reads = {slot: names.get(slot, slot) for slot in work.inputs}
        self._history |= {past.key: past for past in history.values()}
        self._nodes.append(Node(name, work, reads, makes))
        return name

    def schedule(self, wanted: Sequence[str]) -> Schedule:
        """Order the passes required by `wanted`, derive their specs, and fuse pointwise passes.

        Raises GraphError if nothing produces a pass's input, or passes depend on each other.
        """
        makers = {made: node for node in self._nodes for made in node.makes.values()}
        for name in wanted:
            if name not in makers:
                raise GraphError(f"No pass produces the requested output “{name}”.", "Add the pass that produces it.")
        ordered: list[Node] = []
        for name in wanted:
            self._visit(makers[name], makers, ordered, [])
        for node in ordered:
            # The list grows: passes whose results are only read in later runs follow.
            for past in (self._history[name] for name in node.reads.values() if name in self._history):
                if past.name not in makers:
                    raise GraphError(
                        f"Pass “{node.name}” reads “{past.name}” of an earlier run, but no pass produces it.",
                        "Read the result of a pass; a source of an earlier run is a source of its own.",
                    )
                self._visit(makers[past.name], makers, ordered, [])
        used = {name for node in ordered for name in node.reads.values()}
        history = {key: past for key, past in self._history.items() if key in used}
        specs = self._derived(ordered, history)
        sources = {name: spec for name, spec in self._sources.items() if name in used}
        kept = {*wanted, *(past.name for past in history.values())}
        groups = tuple(_fused(ordered, specs, kept))
        made = {name for group in groups for name in map(group.made, group.chains)}
        return Schedule(groups, specs, sources, tuple(wanted), history, frozenset(made - kept - used))

    def _derived(self, ordered: Sequence[Node], history: Mapping[str, History]) -> dict[str, Spec]:
        """The spec of every name. In a loop of earlier results, a pass does not get the specs of those."""
        specs = dict(self._sources)
        waiting = list(ordered)
        while waiting:
            node = next((one for one in waiting if all(name in specs for name in one.reads.values())), None)
            if node is None:
                real = (one for one in waiting if all(name in specs or name in history for name in one.reads.values()))
                node = next(real)
            waiting.remove(node)
            derived = node.work.output_specs({slot: specs[name] for slot, name in node.reads.items() if name in specs})
            specs |= {name: derived[slot] for slot, name in node.makes.items()}
            specs |= {key: specs[past.name] for key, past in history.items() if past.name in specs}
        return specs

    def _visit(self, node: Node, makers: Mapping[str, Node], done: list[Node], waiting: list[Node]) -> None:
        if node in done:
            return
        if node in waiting:
            round_trip = " → ".join(f"“{one.name}”" for one in (*waiting[waiting.index(node) :], node))
            raise GraphError(f"Passes depend on each other: {round_trip}.", "Break the cycle.")
        for slot, name in node.reads.items():
            if name in makers:
                self._visit(makers[name], makers, done, [*waiting, node])
            elif name not in self._sources and name not in self._history:
                raise GraphError(
                    f"Pass “{node.name}” needs “{name}” as its {slot}, but nothing produces it.",
                    "Add the pass or source that produces it.",
                )
        done.append(node)

    def _refuse_second(self, name: str, by: str) -> None:
        if name in self._sources or any(name in node.makes.values() for node in self._nodes):
            raise GraphError(f"“{name}” is produced twice, the second time by {by}.", "Give it another name.")


def _fused(ordered: Sequence[Node], specs: Mapping[str, Spec], kept: Collection[str]) -> list[Group]:
    """Fuse each pointwise pass with the group that produces its picture, unless the picture has another reader.

    Pixels of a draw pass are blended first.
    """
    readers: dict[str, int] = {}
    for node in ordered:
        for name in node.reads.values():
            readers[name] = readers.get(name, 0) + 1
    groups: list[Group] = []
    made_by: dict[str, tuple[Group, str]] = {}
    for node in ordered:
        group = None
        if isinstance(node.work, PointPass):
            first, *others = node.reads.values()
            found = made_by.get(first)
            alone = readers[first] == 1 and first not in kept
            if (
                found
                and alone
                and not isinstance(found[0].leader.work, DrawPass)
                and _ready(others, found[0], groups, made_by)
            ):
                group, output = found
                group.chains[output].append(node)
                made_by[next(iter(node.makes.values()))] = found
        if group is None:
            group = Group(node, {slot: [] for slot in node.makes})
            groups.append(group)
            for slot, name in node.makes.items():
                made_by[name] = (group, slot)
    for group in groups:
        _refuse_uneven(group, specs)
        _refuse_formats(group, specs)
    return groups


def _ready(
    others: Sequence[str], group: Group, groups: Sequence[Group], made_by: Mapping[str, tuple[Group, str]]
) -> bool:
    """Whether the other inputs of a pass exist before this group runs."""
    place = groups.index(group)
    return all(name not in made_by or groups.index(made_by[name][0]) < place for name in others)


def _refuse_uneven(group: Group, specs: Mapping[str, Spec]) -> None:
    """Raises GraphError if the outputs of a pixel pass differ in size, because they are drawn together."""
    if not isinstance(group.leader.work, PixelPass):
        return
    made = [specs[group.made(slot)] for slot in group.chains]
    sizes = {(spec.width, spec.height) for spec in made if isinstance(spec, Image)}
    if len(sizes) != 1 or not all(isinstance(spec, Image) for spec in made):
        raise GraphError(
            f"Pass “{group.leader.name}” draws {', '.join(group.chains)}, which are not pictures of the same size.",
            "Use the same size, or two passes.",
        )


def _refuse_formats(group: Group, specs: Mapping[str, Spec]) -> None:
    """Raises GraphError for pictures that the pass of a group cannot make on every device."""
    made = [spec for spec in (specs[group.made(slot)] for slot in group.chains) if isinstance(spec, Image)]
    work, name = group.leader.work, group.leader.name
    if isinstance(work, DrawPass):
        if len(group.chains) != 1 or len(made) != 1:
            raise GraphError(f"Pass “{name}” draws {', '.join(group.chains)}.", "A draw pass makes one picture.")
        if made[0].format not in BLENDABLE:
            raise GraphError(
                f"Pass “{name}” draws {made[0].format}, which not every device blends.",
                f"Use {', '.join(BLENDABLE[:-1])} or {BLENDABLE[-1]}.",
            )
    stored = isinstance(work, ComputePass) or any(spec.format not in DRAWABLE for spec in made)
    if stored and (narrow := [spec for spec in made if spec.storable != spec]):
        raise GraphError(f"Pass “{name}” stores {narrow[0].format}, which devices cannot store.", "Use a wider format.")
