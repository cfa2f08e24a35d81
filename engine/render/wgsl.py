"""Builds WGSL modules from the files of several passes: unique names, generated bindings, errors with file and line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.errors import EngineError
from engine.render.passes import Constant, GeneratedText
from engine.render.prune import prune
from engine.render.wgsl_text import PICTURE_PARAMETER, early_return, without_levels
from engine.resources import shader

_DECLARED = re.compile(r"^(?:fn|const|override|struct|alias|var<\w+>)\s+(\w+)", re.MULTILINE)
_PLACE = re.compile(r"┌─ .*?:(\d+):\d+")
_SAID = re.compile(
    r"(?:parsing error|validation error): ([^\n]+)|^\s+= (?!note)([^\n]+)|\^ ((?!naga)[^\n^]+)$", re.MULTILINE
)
_HINT = "Fix the shader; the previous version stays active."


@dataclass(slots=True)
class Module:
    """A shader module under construction; `origins` has the file and line number of each line.

    `storage` names the pictures that are bound as storage textures; if functions receive pictures, all are, and
    `parameter` is the type of these parameters.
    """

    lines: list[str] = field(default_factory=list)
    origins: list[tuple[str, int]] = field(default_factory=list)
    storage: set[str] = field(default_factory=set)
    parameter: str = ""
    _generated: set[str] = field(default_factory=set)

    @property
    def source(self) -> str:
        """The module's WGSL source."""
        return "\n".join(self.lines) + "\n"

    @property
    def files(self) -> set[str]:
        """The files below `shaders/` that it includes."""
        return {name for name, _ in self.origins if name and name not in self._generated}

    def write(self, text: str) -> None:
        """Add generated lines."""
        for line in text.splitlines():
            self.lines.append(line)
            self.origins.append(("", 0))

    def include(
        self,
        name: str,
        renamed: Mapping[str, str],
        suffix: str,
        constants: Mapping[str, Constant],
        generated: GeneratedText | None = None,
    ) -> None:
        """Add the file `shaders/<name>`, without the branches that `constants` exclude, and `generated` before it.

        Module-scope declarations except `main` get `suffix`; names in `renamed` are replaced by their bindings.
        Raises RequestError if there is no such file, EngineError if a function returns before a barrier.
        """
        source = shader(name)
        if place := early_return(source):
            raise EngineError(
                f"shaders/{name}:{place}: return before a barrier, for which other invocations wait.\n"
                f"    {source.splitlines()[place - 1].strip()}",
                _HINT,
            )
        text = prune(source, constants)
        before = generated.text if generated else ""
        names = {found: found + suffix for found in _DECLARED.findall(before + text) if found != "main"}
        names |= renamed
        word = re.compile(r"(?<![\w.])(" + "|".join(map(re.escape, names)) + r")\b") if names else None
        if word:
            text = word.sub(lambda match: names[match[1]], text)
            before = word.sub(lambda match: names[match[1]], before)
        if generated:
            self._generated.add(generated.name)
            self.lines += before.splitlines()
            self.origins += [(generated.name, line) for line in generated.origins]
        if self.parameter:
            text = PICTURE_PARAMETER.sub(f": {self.parameter}", without_levels(text, None))
        elif self.storage:
            text = without_levels(text, self.storage)
        for number, line in enumerate(text.splitlines(), 1):
            self.lines.append(line)
            self.origins.append((name, number))

    def blame(self, problem: Exception) -> EngineError:
        """Translate a compiler error about this module to one about the original file and line."""
        line, what = describe_problem(problem)
        line = min(line, len(self.origins))
        # An unclosed block in a file is only reported in a later, generated line.
        name, number = next((origin for origin in reversed(self.origins[:line]) if origin[0]), ("", 0))
        if not name:
            own = ", ".join(f"shaders/{name}" for name in sorted(self.files))
            return EngineError(f"{own} does not compile: {what}", _HINT)
        if name in self._generated:
            return EngineError(f"{name}, line {number}: {what}", _HINT)
        written = shader(name).splitlines()[number - 1].strip()
        return EngineError(f"shaders/{name}:{number}: {what}\n    {written}", _HINT)


def describe_problem(problem: Exception) -> tuple[int, str]:
    """The line of a compiler error, 0 if it names none, and its reason."""
    said = str(problem)
    place = _PLACE.search(said)
    words = [next(filter(None, match)).strip() for match in _SAID.findall(said)]
    return int(place[1]) if place else 0, ": ".join(dict.fromkeys(words)) or said.strip()
