"""Speaker segmentation of ten seconds: pyannote's segmentation-3.0 under ONNX Runtime.

H. Bredin, "pyannote.audio 2.1 speaker diarization pipeline", 2023; A. Plaquet and H. Bredin, "Powerset multi-class
cross entropy loss for neural speaker diarization", 2023. SincNet: M. Ravanelli and Y. Bengio, 2018.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.speech.diarize.graph import OnnxGraph, Weights

RATE = 16_000
WINDOW = 10 * RATE

# One frame per 270 samples, with a receptive field of 991 samples.
STEP, REACH = 270, 991
FRAMES = RATE / STEP
"""Frames per second."""

# The active speakers of each powerset class.
_POWERSET = np.array([(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (1, 0, 1), (0, 1, 1)], np.bool_)

# SincNet's lowest frequency and narrowest band, in Hz.
_LOWEST, _NARROWEST = 50.0, 50.0
_STRIDE, _POOL, _LEAK = 10, 3, 0.01
_LAYERS = 4


class Segmentation:
    """The loaded network."""

    def __init__(self, weights: Weights) -> None:
        graph = OnnxGraph()
        heard = _sincnet(graph, graph.node("Unsqueeze", "x", graph.constant(np.array([1]))), weights)
        heard = graph.node("Transpose", heard, perm=[2, 0, 1])
        for layer in range(_LAYERS):
            heard = _lstm(graph, heard, weights, layer)
        for name in ("linear.0", "linear.1"):
            heard = graph.node("LeakyRelu", _linear(graph, heard, weights, name), alpha=_LEAK)
        heard = graph.node("Transpose", _linear(graph, heard, weights, "classifier"), perm=[1, 0, 2])
        self._session = graph.session(["windows", WINDOW], heard)

    def activity(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        """The probability that each local speaker speaks, (windows, frames, 3), in (windows, WINDOW) mono at 16 kHz."""
        scores = self.scores(windows)
        likely = np.exp(scores - scores.max(axis=-1, keepdims=True))
        return np.asarray(likely / likely.sum(axis=-1, keepdims=True) @ _POWERSET.astype(np.float32), np.float32)

    def scores(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Scores (windows, frames, classes) of (windows, WINDOW): no speaker, each one alone, each pair."""
        (scores,) = self._session.run(None, {"x": np.ascontiguousarray(windows, np.float32)})
        return np.asarray(scores, np.float32)


def _sincnet(graph: OnnxGraph, heard: str, weights: Weights) -> str:
    heard = _instance_norm(graph, heard, weights, "sincnet.wav_norm1d")
    for number in range(3):
        if number == 0:
            filters = graph.constant(sinc_filters(weights, "sincnet.conv1d.0.filterbank"))
            heard = graph.node("Abs", graph.node("Conv", heard, filters, strides=[_STRIDE]))
        else:
            heard = graph.convolved(heard, weights, f"sincnet.conv1d.{number}")
        heard = graph.node("MaxPool", heard, kernel_shape=[_POOL], strides=[_POOL])
        heard = _instance_norm(graph, heard, weights, f"sincnet.norm1d.{number}")
        heard = graph.node("LeakyRelu", heard, alpha=_LEAK)
    return heard


def sinc_filters(weights: Weights, name: str) -> NDArray[np.float64]:
    """(filters, 1, taps): a cosine and a sine band-pass for each pair of learned band edges.

    Half of each windowed filter is stored; the other half mirrors it, around a centre tap of twice the bandwidth.
    """
    low = _LOWEST + np.abs(weights[f"{name}.low_hz_"].astype(np.float64))
    high = np.clip(low + _NARROWEST + np.abs(weights[f"{name}.band_hz_"].astype(np.float64)), _LOWEST, RATE / 2)
    time = weights[f"{name}.n_"].astype(np.float64)
    window, band = weights[f"{name}.window_"].astype(np.float64), high - low
    even = (np.sin(high @ time) - np.sin(low @ time)) / (time / 2) * window
    odd = (np.cos(low @ time) - np.cos(high @ time)) / (time / 2) * window
    cosines = np.concatenate([even, 2 * band, even[:, ::-1]], axis=1)
    sines = np.concatenate([odd, np.zeros_like(band), -odd[:, ::-1]], axis=1)
    return np.concatenate([cosines / (2 * band), sines / (2 * band)])[:, None, :]


def _instance_norm(graph: OnnxGraph, heard: str, weights: Weights, name: str) -> str:
    scale, shift = (graph.constant(weights[f"{name}.{part}"]) for part in ("weight", "bias"))
    return graph.node("InstanceNormalization", heard, scale, shift, epsilon=1e-5)


def _lstm(graph: OnnxGraph, heard: str, weights: Weights, layer: int) -> str:
    """A bidirectional LSTM layer: (frames, windows, features) to (frames, windows, 2 × hidden)."""
    ways = [f"_l{layer}", f"_l{layer}_reverse"]
    into = np.stack([_gates(weights[f"lstm.weight_ih{way}"]) for way in ways])
    again = np.stack([_gates(weights[f"lstm.weight_hh{way}"]) for way in ways])
    bias = np.stack(
        [np.concatenate([_gates(weights[f"lstm.bias_{kind}{way}"]) for kind in ("ih", "hh")]) for way in ways]
    )
    hidden = again.shape[-1]
    parts = (graph.constant(part) for part in (into, again, bias))
    made = graph.node("LSTM", heard, *parts, hidden_size=hidden, direction="bidirectional")
    beside = graph.node("Transpose", made, perm=[0, 2, 1, 3])
    return graph.node("Reshape", beside, graph.constant(np.array([0, 0, 2 * hidden])))


def _gates(stacked: NDArray[Any]) -> NDArray[Any]:
    """Reorders the gates from PyTorch (input, forget, cell, output) to ONNX (input, output, forget, cell)."""
    into, forget, cell, out = np.split(stacked, 4)
    return np.concatenate([into, out, forget, cell])


def _linear(graph: OnnxGraph, heard: str, weights: Weights, name: str) -> str:
    turned = graph.constant(weights[f"{name}.weight"].T)
    return graph.node("Add", graph.node("MatMul", heard, turned), graph.constant(weights[f"{name}.bias"]))
