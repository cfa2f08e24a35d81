"""WGSL put together from a file a pass: names kept apart, bindings written out, mistakes told with file and line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.errors import EngineError
from engine.resources import shader

_DECLARED = re.compile(r"^(?:fn|const|override|struct|alias|var<\w+>)\s+(\w+)", re.MULTILINE)
_COMMENT = re.compile(r"//[^\n]*")
_PLACE = re.compile(r"┌─ .*?:(\d+):\d+")
_SAID = re.compile(
    r"(?:parsing error|validation error): ([^\n]+)|^\s+= (?!note)([^\n]+)|\^ ((?!naga)[^\n^]+)$", re.MULTILINE
)


@dataclass(slots=True)
class Module:
    """A shader module in the making; each line knows the file and line it came from."""

    lines: list[str] = field(default_factory=list)
    origins: list[tuple[str, int]] = field(default_factory=list)

    @property
    def source(self) -> str:
        """The module's text."""
        return "\n".join(self.lines) + "\n"

    @property
    def files(self) -> set[str]:
        """The files below `shaders/` that it is made of."""
        return {name for name, _ in self.origins if name}

    def write(self, text: str) -> None:
        """Add lines that are in no file."""
        for line in text.splitlines():
            self.lines.append(line)
            self.origins.append(("", 0))

    def include(self, name: str, renamed: Mapping[str, str], suffix: str) -> None:
        """Add the file `shaders/<name>`.

        What it declares at the top gets `suffix`, except `main`; names in `renamed` become what they are bound to.
        RequestError where there is no such file.
        """
        text = shader(name)
        names = {found: found + suffix for found in _DECLARED.findall(_COMMENT.sub("", text)) if found != "main"}
        names |= renamed
        word = re.compile(r"(?<![\w.])(" + "|".join(map(re.escape, names)) + r")\b") if names else None
        for number, line in enumerate(text.splitlines(), 1):
            code, slashes, comment = line.partition("//")
            code = word.sub(lambda match: names[match[1]], code) if word else code
            self.lines.append(code + slashes + comment)
            self.origins.append((name, number))

    def blame(self, problem: Exception) -> EngineError:
        """A compiler's complaint about this module, as one about the file that a person wrote."""
        said = str(problem)
        place = _PLACE.search(said)
        words = [next(filter(None, match)).strip() for match in _SAID.findall(said)]
        what = ": ".join(dict.fromkeys(words)) or said.strip()
        line = min(int(place[1]) if place else 0, len(self.origins))
        # What a file leaves open is only noticed in the lines written after it.
        name, number = next((origin for origin in reversed(self.origins[:line]) if origin[0]), ("", 0))
        if not name:
            own = ", ".join(f"shaders/{name}" for name in sorted(self.files))
            return EngineError(f"{own} does not compile: {what}", "Mend the shader; what ran before goes on.")
        written = shader(name).splitlines()[number - 1].strip()
        return EngineError(
            f"shaders/{name}:{number}: {what}\n    {written}", "Mend the shader; what ran before goes on."
        )
