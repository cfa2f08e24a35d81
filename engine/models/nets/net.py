"""A net that is ready to run: its sessions, its outputs by meaning, and the check that they are finite."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.models.nets.contract import NetContract, NetMeaning, NetOutput
from engine.models.nets.float32 import in_float32
from engine.models.nets.runtime import CPU, Execution, choose_execution, open_session
from engine.models.nets.tensors import input_tensor

_DTYPES = {"tensor(float)": "float32", "tensor(float16)": "float16"}
Outputs = Mapping[NetMeaning, NDArray[np.float32]]


class Net:
    """A net with its contract.

    If an output is not finite, the net runs again in float32 on the CPU, and stays there: `retried` is true from then
    on. `content` is the ONNX model, `digest` the SHA-256 of its file, `source` its name in messages.
    """

    def __init__(
        self, content: bytes, contract: NetContract, digest: str, source: str, execution: Execution | None = None
    ) -> None:
        self.contract = contract
        self.source = source
        self.execution = execution or choose_execution(digest)
        self.retried = False
        self._content = content
        self._session = open_session(content, source, self.execution)
        self._input, self._outputs = self._signature()

    @property
    def size(self) -> tuple[int, int]:
        """The width and height of the picture that the net takes."""
        return self.contract.input.width, self.contract.input.height

    def run(self, pixels: NDArray[np.uint8]) -> Outputs:
        """The outputs for a picture of the net's size: (height, width, 3), uint8, RGB.

        Raises EngineError if the net fails, or if its outputs are not finite in float32 either.
        """
        outputs = self._run(pixels)
        bad = self._not_finite(outputs)
        if bad and not self.retried and self._change_to_float32():
            outputs = self._run(pixels)
            bad = self._not_finite(outputs)
        if bad:
            raise EngineError(
                f"{self.source} returns values that are not finite ({bad}).",
                "The net is damaged, or its contract has a wrong scale. Choose another model.",
            )
        return outputs

    def _run(self, pixels: NDArray[np.uint8]) -> Outputs:
        declared = self.contract.input
        expected = _DTYPES[self._session.get_inputs()[0].type]
        tensor = input_tensor(pixels, declared).astype(expected, copy=False)
        try:
            values = self._session.run(list(self._outputs), {self._input: tensor})
        except Exception as error:  # pybind11's classes have no base of their own
            raise EngineError(
                f"{self.source} failed: {str(error).splitlines()[0]}.",
                "Check the size in its contract, or choose another model.",
            ) from error
        return {
            output.meaning: np.asarray(value, np.float32)
            for output, value in zip(self._outputs.values(), values, strict=True)
        }

    def _not_finite(self, outputs: Outputs) -> str:
        return ", ".join(meaning for meaning, values in outputs.items() if not np.isfinite(values).all())

    def _change_to_float32(self) -> bool:
        """Opens the model again in float32 on the CPU. Returns whether that differs from the model that ran."""
        wider = in_float32(self._content)
        if wider is None and self.execution.provider == CPU:
            return False
        self.execution = Execution(CPU)
        self._session = open_session(wider or self._content, self.source, self.execution)
        self.retried = True
        return True

    def _signature(self) -> tuple[str, dict[str, NetOutput]]:
        """The names of the input and of the outputs. Raises EngineError if the model has other ones than declared."""
        declared = self.contract.input
        inputs = self._session.get_inputs()
        if len(inputs) != 1 or declared.tensor not in ("", inputs[0].name):
            names = ", ".join(one.name for one in inputs)
            raise self.breach(f"takes the tensors {names}, not one named {declared.tensor or 'as in the contract'}")
        if (dtype := _DTYPES.get(inputs[0].type)) != declared.dtype:
            raise self.breach(f"takes {dtype or inputs[0].type}, not {declared.dtype}")
        if not _fits(inputs[0].shape, declared.shape):
            raise self.breach(f"takes a tensor of {_sizes(inputs[0].shape)}, not of {_sizes(declared.shape)}")
        made = {one.name: one for one in self._session.get_outputs()}
        outputs: dict[str, NetOutput] = {}
        for output in self.contract.outputs:
            if not output.tensor and len(made) != 1:
                raise self.breach(f"returns {len(made)} tensors ({', '.join(made)}), and the contract names none")
            name = output.tensor or next(iter(made))
            if name not in made:
                raise self.breach(f"returns no tensor {name}, only {', '.join(made)}")
            if (dtype := _DTYPES.get(made[name].type)) != output.dtype:
                raise self.breach(f"returns {dtype or made[name].type} for {name}, not {output.dtype}")
            outputs[name] = output
        return inputs[0].name, outputs

    def breach(self, fact: str) -> EngineError:
        """The error for a model that breaks its contract; `fact` is what it does."""
        return EngineError(
            f"{self.source} breaks its contract: it {fact}.",
            "Correct the contract, or use the model file that it describes.",
        )


def _fits(actual: Any, declared: tuple[int, ...]) -> bool:
    # Axes without a fixed length are names or None.
    return len(actual) == len(declared) and all(
        not isinstance(size, int) or size == expected for size, expected in zip(actual, declared, strict=True)
    )


def _sizes(shape: Any) -> str:
    return "×".join("?" if size is None else str(size) for size in shape)
