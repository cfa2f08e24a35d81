"""The process in which one file of a package is checked: `python -m engine.market.limited_child font < FILE`.

It limits itself before it reads, writes its result to the standard output, or a reason to the error output.
"""

from __future__ import annotations

import logging
import resource
import sys

from engine.market.limited import CPU_SECONDS, MEMORY, REFUSED


def limit(seconds: int) -> None:
    """Limits this process: the kernel kills it for its processor time, and refuses it more memory."""
    wanted = [(resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)]
    if sys.platform == "linux":
        # macOS does not enforce it.
        wanted.append((resource.RLIMIT_DATA, MEMORY))
    for kind, value in wanted:
        _, hard = resource.getrlimit(kind)
        least = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (least, least))


def main() -> None:
    """Checks the file of the standard input."""
    limit(CPU_SECONDS["font" if sys.argv[1] == "font" else "shader"])
    # Warnings of libraries are no reason.
    logging.disable()
    from engine.errors import EngineError

    content = sys.stdin.buffer.read()
    try:
        match sys.argv[1]:
            case "font":
                from engine.market.font import rewritten_font

                made = rewritten_font(content)
            case _:
                from engine.market.shader import compiled

                made = compiled(content)
    except EngineError as error:
        sys.stderr.write(error.message.rstrip("."))
        sys.exit(REFUSED)
    except MemoryError:
        sys.exit(1)
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main()
