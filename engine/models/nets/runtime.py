"""ONNX Runtime: the execution provider of this machine, its compile cache, and sessions with clear errors."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import EngineError

CPU, COREML = "CPUExecutionProvider", "CoreMLExecutionProvider"
_OWN_DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml", "com.microsoft"})
# More threads do not make nets of this size faster, and other jobs need the cores.
_MOST_THREADS = 4
_COREML_OPTIONS = {"ModelFormat": "MLProgram", "MLComputeUnits": "ALL", "RequireStaticInputShapes": "1"}


@dataclass(frozen=True, slots=True)
class Execution:
    """An execution provider of ONNX Runtime with its options."""

    provider: str
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def device(self) -> str:
        """The name for an identity: "CPU", or "CoreML" with the machine."""
        return "CPU" if self.provider == CPU else f"CoreML ({platform.machine()})"


def runtime_version() -> str:
    """ONNX Runtime with its version."""
    import onnxruntime

    return f"ONNX Runtime {onnxruntime.__version__}"


def choose_execution(digest: str, available: Collection[str] | None = None) -> Execution:
    """CoreML where ONNX Runtime has it, else the CPU. `digest` is the SHA-256 of the model.

    CoreML keeps what it compiles for this device in the user's cache, by the digest of model, runtime, system and
    options. A process that may not write there compiles the model each time.
    """
    if available is None:
        import onnxruntime

        available = onnxruntime.get_available_providers()
    if COREML not in available:
        return Execution(CPU)
    cache = compile_cache(digest, _COREML_OPTIONS)
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Execution(COREML, _COREML_OPTIONS)
    return Execution(COREML, {**_COREML_OPTIONS, "ModelCacheDirectory": str(cache)})


def compile_cache(digest: str, options: Mapping[str, str]) -> Path:
    """The folder for what is compiled of a model with these options on this machine."""
    from platformdirs import user_cache_path

    parts = [digest, runtime_version(), platform.platform(), platform.machine(), dict(sorted(options.items()))]
    key = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
    return user_cache_path("Cleanwater") / "coreml" / key


def thread_count() -> int:
    """The number of threads of a session."""
    return min(_MOST_THREADS, os.cpu_count() or 1)


def open_session(content: bytes, source: str, execution: Execution) -> Any:
    """An ONNX Runtime session. Raises EngineError, naming `source`, if the model cannot be run, and says why."""
    import onnxruntime

    check_model(content, source)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = thread_count()
    options.inter_op_num_threads = 1
    # Threads that wait in a loop would take the cores from other jobs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    providers: list[Any] = [(execution.provider, dict(execution.options))]
    if execution.provider != CPU:
        providers.append(CPU)
    try:
        return onnxruntime.InferenceSession(content, options, providers=providers)
    except Exception as error:  # pybind11's classes have no base of their own
        reason = str(error).splitlines()[0].rpartition(" : ")[2]
        raise EngineError(
            f"ONNX Runtime cannot load {source}: {reason}.",
            "Export the net again with the operators of ONNX's opset 17 or earlier, or copy the file again.",
        ) from error


def check_model(content: bytes, source: str) -> None:
    """Checks what can be read without running a model. Raises EngineError, naming `source`.

    The reasons are: it is not ONNX or is cut off, its opset is newer than the one known here, or its weights are in
    another file.
    """
    import onnx

    try:
        model = onnx.load_model_from_string(content)
    except Exception as error:  # protobuf's own
        raise _damaged(source) from error
    if not model.graph.node or not model.opset_import:
        raise _damaged(source)
    newest = onnx.defs.onnx_opset_version()
    for opset in model.opset_import:
        if opset.domain not in _OWN_DOMAINS:
            raise EngineError(
                f"{source} has operators of {opset.domain}, which ONNX Runtime does not have.",
                "Export the net with ONNX's own operators.",
            )
        if opset.domain in ("", "ai.onnx") and not 1 <= opset.version <= newest:
            raise EngineError(
                f"{source} is for opset {opset.version} of ONNX, and the newest that is known here is {newest}.",
                "Export the net again with an earlier opset, such as 17, or update Cleanwater.",
            )
    if any(one.data_location == onnx.TensorProto.EXTERNAL for one in model.graph.initializer):
        raise EngineError(f"{source} has its weights in another file.", "Save the net as one file.")


def _damaged(source: str) -> EngineError:
    return EngineError(f"{source} is not an ONNX model, or it is cut off.", "Copy or download the file again.")
