#!/bin/sh
# Sets up .venv from requirements.lock. Installs uv from PyPI if it is missing. On Linux, installs with apt the system
# libraries that the wheels do not contain and, if there is no GPU adapter, Mesa's Vulkan driver. Prints each step first.
set -eu
cd "$(dirname "$0")/.."

say() { printf '\033[36m·\033[0m %s\n' "$*"; }
fail() { printf '\033[31m✗\033[0m %s\n' "$*" >&2; exit 1; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

command -v python3 >/dev/null || fail "python3 is missing. Install it (macOS: xcode-select --install; Debian: apt-get install python3)."

PATH="$PWD/.uv/bin:$PATH"
if ! command -v uv >/dev/null; then
    say "uv is missing: installing it from PyPI into .uv"
    if ! python3 -m venv .uv >/dev/null 2>&1; then
        rm -rf .uv
        command -v apt-get >/dev/null || fail "This python3 cannot create virtual environments. Install uv manually, then run make again."
        say "this python3 has no venv module: installing Debian's python3-venv with apt"
        as_root apt-get update -qq
        as_root apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
        python3 -m venv .uv
    fi
    .uv/bin/pip install --quiet --disable-pip-version-check uv
fi

say "installing requirements.lock into .venv"
python='>=3.11,<3.13'
if ! [ -x .venv/bin/python ] || ! .venv/bin/python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))'; then
    uv python find --quiet "$python" >/dev/null 2>&1 || say "Python 3.11 or 3.12 is missing (DeepFilterNet has no wheels for newer ones): installing CPython 3.12 with uv"
    uv venv --quiet --clear --python "$python" .venv || fail "Cleanwater needs Python 3.11 or 3.12. Install one, then run make again."
fi
uv pip sync --quiet --python .venv/bin/python --require-hashes requirements.lock
uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .

if ! libraries=$(.venv/bin/python -m engine.native_libraries); then
    fail "A package cannot be imported; see its message above."
fi
if [ -n "$libraries" ]; then
    command -v apt-get >/dev/null || fail "System libraries are missing. On Debian, install these packages: $(echo $libraries)."
    say "system libraries are missing: installing $(echo $libraries) with apt"
    as_root apt-get update -qq
    as_root apt-get install -y -qq --no-install-recommends $libraries >/dev/null
    [ -z "$(.venv/bin/python -m engine.native_libraries)" ] || fail "The libraries still do not load. Run cwtui doctor for details."
fi

# uv compiles no modules, and a job, which cannot write outside its studio, would compile those that it imports each time.
PYTHONDONTWRITEBYTECODE= .venv/bin/python -c '
import engine.studio.job_kinds, faster_whisper, kaldi_native_fbank, numpy.ma, onnx, pedalboard, scipy.cluster.hierarchy
import scipy.ndimage, scipy.signal, ttconv.imsc.writer'

if ! .venv/bin/python -m engine.render >/dev/null 2>&1; then
    [ "$(uname)" = Linux ] || fail "No GPU adapter found: $(.venv/bin/python -m engine.render 2>&1 | tail -1)"
    command -v apt-get >/dev/null || fail "No GPU adapter found. Install a Vulkan driver (Mesa's lavapipe runs on any processor)."
    say "no GPU adapter found: installing Mesa's Vulkan driver (mesa-vulkan-drivers) with apt"
    as_root apt-get update -qq
    as_root apt-get install -y -qq --no-install-recommends mesa-vulkan-drivers libvulkan1 >/dev/null
    .venv/bin/python -m engine.render || fail "Still no GPU adapter found. Run cwtui doctor for details."
fi
touch .venv/.ready
