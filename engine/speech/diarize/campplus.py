"""Speaker embeddings of 192 dimensions: CAM++ under ONNX Runtime.

H. Wang et al., "CAM++: A Fast and Efficient Network for Speaker Verification Using Context-Aware Masking", 2023, as
published with 3D-Speaker.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from engine.speech.diarize.graph import OnnxGraph, Weights

RATE = 16_000
MELS = 80
SHIFT = RATE // 100
REACH = RATE // 40
FRAMES = RATE // SHIFT
"""Frames per second: one every SHIFT samples, each over REACH samples."""

# Dilation of the three-frame convolutions in each block of densely connected layers.
_DILATIONS = (1, 2, 2)
# Number of frames (of 20 ms) that share a context.
_CONTEXT = 100


class Embedding:
    """The loaded network."""

    def __init__(self, weights: Weights) -> None:
        graph = OnnxGraph()
        heard = _front(graph, graph.node("Unsqueeze", "x", graph.constant(np.array([1]))), weights)
        heard = _reduced(graph, heard, weights)
        for block, dilation in enumerate(_DILATIONS, 1):
            for layer in range(1, _layers(weights, block) + 1):
                name = f"xvector.block{block}.tdnnd{layer}"
                heard = graph.node("Concat", heard, _dense(graph, heard, weights, name, dilation), axis=1)
            heard = graph.relu(graph.norm(heard, weights, f"xvector.transit{block}.nonlinear.batchnorm"))
            heard = graph.convolved(heard, weights, f"xvector.transit{block}.linear")
        heard = graph.relu(graph.norm(heard, weights, "xvector.out_nonlinear.batchnorm"))
        pooled = graph.node("Unsqueeze", _statistics(graph, heard), graph.constant(np.array([2])))
        dense = graph.convolved(pooled, weights, "xvector.dense.linear")
        out = graph.node("Squeeze", graph.norm(dense, weights, "xvector.dense.nonlinear.batchnorm"), _axis(graph, 2))
        self._session = graph.session(["voices", MELS, "frames"], out)

    def of(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """The unit embedding (192,) of one voice from its (frames, MELS) log mel energies."""
        vector = self.heard(frames)
        return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), np.float32)

    def heard(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """The network's output before normalisation, from (frames, MELS) log mel energies."""
        centred = frames - frames.mean(axis=0)
        (vector,) = self._session.run(None, {"x": np.ascontiguousarray(centred.T[None], np.float32)})
        return np.asarray(vector[0], np.float32)


def mel_energies(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """(frames, MELS) log mel energies of 16 kHz mono as in Kaldi: frames of 25 ms every 10 ms."""
    import kaldi_native_fbank

    options = kaldi_native_fbank.FbankOptions()
    options.frame_opts.dither = 0
    options.frame_opts.samp_freq = RATE
    options.mel_opts.num_bins = MELS
    bank = kaldi_native_fbank.OnlineFbank(options)
    bank.accept_waveform(RATE, samples)
    bank.input_finished()
    if not bank.num_frames_ready:
        return np.zeros((0, MELS), np.float32)
    return np.stack([bank.get_frame(number) for number in range(bank.num_frames_ready)]).astype(np.float32)


def _layers(weights: Weights, block: int) -> int:
    return len({found[1] for name in weights if (found := re.match(rf"xvector\.block{block}\.tdnnd(\d+)\.", name))})


def _front(graph: OnnxGraph, heard: str, weights: Weights) -> str:
    """2D convolutions; the mel axis shrinks to an eighth: (voices, 1, MELS, frames) to (voices, features, frames)."""
    heard = graph.relu(graph.norm(_flat(graph, heard, weights, "head.conv1"), weights, "head.bn1"))
    for layer in ("head.layer1", "head.layer2"):
        for block, height in ((f"{layer}.0", 2), (f"{layer}.1", 1)):
            made = graph.norm(_flat(graph, heard, weights, f"{block}.conv1", height), weights, f"{block}.bn1")
            made = graph.norm(_flat(graph, graph.relu(made), weights, f"{block}.conv2"), weights, f"{block}.bn2")
            if f"{block}.shortcut.0.weight" in weights:
                heard = graph.convolved(heard, weights, f"{block}.shortcut.0", strides=[height, 1])
                heard = graph.norm(heard, weights, f"{block}.shortcut.1")
            heard = graph.relu(graph.node("Add", made, heard))
    heard = graph.relu(graph.norm(_flat(graph, heard, weights, "head.conv2", 2), weights, "head.bn2"))
    features = weights["xvector.tdnn.linear.weight"].shape[1]
    return graph.node("Reshape", heard, graph.constant(np.array([0, features, -1])))


def _flat(graph: OnnxGraph, heard: str, weights: Weights, name: str, height: int = 1) -> str:
    return graph.convolved(heard, weights, name, strides=[height, 1], pads=[1, 1, 1, 1])


def _reduced(graph: OnnxGraph, heard: str, weights: Weights) -> str:
    """A convolution over five frames with stride 2."""
    heard = graph.convolved(heard, weights, "xvector.tdnn.linear", strides=[2], pads=[2, 2])
    return graph.relu(graph.norm(heard, weights, "xvector.tdnn.nonlinear.batchnorm"))


def _dense(graph: OnnxGraph, heard: str, weights: Weights, name: str, dilation: int) -> str:
    """A densely connected layer with context-aware masking by the local context and the global mean."""
    heard = graph.relu(graph.norm(heard, weights, f"{name}.nonlinear1.batchnorm"))
    heard = graph.convolved(heard, weights, f"{name}.linear1")
    heard = graph.relu(graph.norm(heard, weights, f"{name}.nonlinear2.batchnorm"))
    local = graph.convolved(
        heard, weights, f"{name}.cam_layer.linear_local", dilations=[dilation], pads=[dilation, dilation]
    )
    around = graph.node("Add", graph.node("ReduceMean", heard, axes=[2]), _contexts(graph, heard))
    mask = graph.relu(graph.convolved(around, weights, f"{name}.cam_layer.linear1"))
    mask = graph.node("Sigmoid", graph.convolved(mask, weights, f"{name}.cam_layer.linear2"))
    return graph.node("Mul", local, mask)


def _contexts(graph: OnnxGraph, heard: str) -> str:
    """The mean of each context, repeated for its frames."""
    means = graph.node("AveragePool", heard, kernel_shape=[_CONTEXT], strides=[_CONTEXT], ceil_mode=1)
    spread = graph.node(
        "Resize",
        means,
        "",
        graph.constant(np.array([1.0, 1.0, _CONTEXT])),
        mode="nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    )
    frames = graph.node("Shape", heard, start=2)
    return graph.node("Slice", spread, graph.constant(np.array([0])), frames, graph.constant(np.array([2])))


def _statistics(graph: OnnxGraph, heard: str) -> str:
    """The mean and standard deviation of each feature over the frames."""
    mean = graph.node("ReduceMean", heard, axes=[2])
    apart = graph.node("Sub", heard, mean)
    total = graph.node("ReduceSum", graph.node("Mul", apart, apart), _axis(graph, 2))
    frames = graph.node("Cast", graph.node("Shape", heard, start=2), to=1)
    spread = graph.node("Sqrt", graph.node("Div", total, graph.node("Sub", frames, graph.constant(np.array([1.0])))))
    return graph.node("Squeeze", graph.node("Concat", mean, spread, axis=1), _axis(graph, 2))


def _axis(graph: OnnxGraph, number: int) -> str:
    return graph.constant(np.array([number]))
