"""The operators of TensorFlow Lite that are converted, each as a function that adds ONNX nodes.

The schema is TensorFlow's `schema.fbs`; the paddings SAME and VALID are those of TensorFlow's convolutions.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from engine.models.nets.onnx_writer import TO_NCHW, TO_NHWC, OnnxWriter
from engine.models.nets.tflite_reader import TfliteNode

Conversion = Callable[[OnnxWriter, TfliteNode], None]
_SAME, _VALID = 0, 1
_NO_ACTIVATION, _RELU, _RELU_N1_TO_1, _RELU6 = 0, 1, 2, 3
# The axis of NCHW for each axis of NHWC.
_AXIS = (0, 2, 3, 1)


def _finish(writer: OnnxWriter, node: TfliteNode, value: str) -> None:
    """Adds the activation that is part of an operator, and declares its output."""
    fused = node.options.FusedActivationFunction() if node.options is not None else _NO_ACTIVATION
    if fused == _RELU:
        value = writer.add("Relu", value)
    elif fused in (_RELU6, _RELU_N1_TO_1):
        low, high = (0.0, 6.0) if fused == _RELU6 else (-1.0, 1.0)
        value = writer.add("Clip", value, writer.literal(low), writer.literal(high))
    elif fused != _NO_ACTIVATION:
        raise writer.unsupported(node, f"has an unknown activation ({fused})")
    writer.put(node.outputs[0], value)


def _pads(padding: int, size: int, kernel: int, stride: int, dilation: int = 1) -> tuple[int, int]:
    """The padding before and after an axis."""
    if padding == _VALID:
        return 0, 0
    reach = (kernel - 1) * dilation + 1
    total = max((-(-size // stride) - 1) * stride + reach - size, 0)
    return total // 2, total - total // 2


def _window(writer: OnnxWriter, node: TfliteNode, kernel: tuple[int, int], dilation: tuple[int, int]) -> dict[str, Any]:
    options, shape = node.options, writer.tensor(node.inputs[0]).shape
    strides = options.StrideH(), options.StrideW()
    pads = [
        _pads(options.Padding(), size, reach, stride, spread)
        for size, reach, stride, spread in zip(shape[1:3], kernel, strides, dilation, strict=True)
    ]
    return {
        "kernel_shape": kernel,
        "strides": strides,
        "pads": [pads[0][0], pads[1][0], pads[0][1], pads[1][1]],
    }


def _convolution(writer: OnnxWriter, node: TfliteNode) -> None:
    weights, options = writer.weights(node, 1), node.options
    channels = writer.tensor(node.inputs[0]).shape[3]
    if node.kind == "DEPTHWISE_CONV_2D":
        # (1, height, width, channels × multiplier)
        kernel, group = weights.transpose(3, 0, 1, 2), channels
    else:
        # (out, height, width, in)
        kernel, group = weights.transpose(0, 3, 1, 2), channels // weights.shape[3]
    dilation = options.DilationHFactor(), options.DilationWFactor()
    inputs = [writer.value(node.inputs[0]), writer.literal(kernel)]
    if len(node.inputs) > 2 and node.inputs[2] >= 0:
        inputs.append(writer.literal(writer.weights(node, 2)))
    window = _window(writer, node, (kernel.shape[2], kernel.shape[3]), dilation)
    _finish(writer, node, writer.add("Conv", *inputs, group=group, dilations=dilation, **window))


def _transposed_convolution(writer: OnnxWriter, node: TfliteNode) -> None:
    if node.kind == "TRANSPOSE_CONV":
        picture, bias = node.inputs[2], node.inputs[3] if len(node.inputs) > 3 else -1
        strides = node.options.StrideH(), node.options.StrideW()
    else:
        # MediaPipe's operator: its options are the C structure {padding, stride_width, stride_height}.
        picture, bias = node.inputs[0], node.inputs[2]
        _, width, height = struct.unpack_from("<3i", node.custom)
        strides = height, width
    # (out, height, width, in) → (in, out, height, width)
    kernel = writer.weights(node, 1).transpose(3, 0, 1, 2)
    inputs = [writer.value(picture), writer.literal(kernel)]
    if bias >= 0:
        inputs.append(writer.literal(writer.weights(node, node.inputs.index(bias))))
    came, made = writer.tensor(picture).shape, writer.tensor(node.outputs[0]).shape
    begin, end, more = [], [], []
    for axis in (0, 1):
        total = (came[axis + 1] - 1) * strides[axis] + kernel.shape[axis + 2] - made[axis + 1]
        begin.append(max(total, 0) // 2)
        end.append(max(total, 0) - max(total, 0) // 2)
        more.append(max(-total, 0))
    value = writer.add("ConvTranspose", *inputs, strides=strides, pads=[*begin, *end], output_padding=more)
    if node.kind == "TRANSPOSE_CONV":
        _finish(writer, node, value)
    else:
        writer.put(node.outputs[0], value)


def _pool(writer: OnnxWriter, node: TfliteNode) -> None:
    window = _window(writer, node, (node.options.FilterHeight(), node.options.FilterWidth()), (1, 1))
    kind = "MaxPool" if node.kind == "MAX_POOL_2D" else "AveragePool"
    _finish(writer, node, writer.add(kind, writer.value(node.inputs[0]), **window))


def _arithmetic(kind: str) -> Conversion:
    def convert(writer: OnnxWriter, node: TfliteNode) -> None:
        sizes = [len(writer.tensor(index).shape) for index in node.inputs]
        if any(size < max(sizes) and writer.constant(at) is None for size, at in zip(sizes, node.inputs, strict=True)):
            raise writer.unsupported(node, "has operands with different numbers of axes")
        _finish(writer, node, writer.add(kind, *(writer.operand(index, max(sizes)) for index in node.inputs)))

    return convert


def _unary(kind: str, **attributes: Any) -> Conversion:
    def convert(writer: OnnxWriter, node: TfliteNode) -> None:
        writer.put(node.outputs[0], writer.add(kind, writer.value(node.inputs[0]), **attributes))

    return convert


def _relu6(writer: OnnxWriter, node: TfliteNode) -> None:
    bounds = writer.literal(0.0), writer.literal(6.0)
    writer.put(node.outputs[0], writer.add("Clip", writer.value(node.inputs[0]), *bounds))


def _prelu(writer: OnnxWriter, node: TfliteNode) -> None:
    axes = len(writer.tensor(node.inputs[0]).shape)
    value = writer.add("PRelu", writer.value(node.inputs[0]), writer.operand(node.inputs[1], axes))
    writer.put(node.outputs[0], value)


def _mean(writer: OnnxWriter, node: TfliteNode) -> None:
    shape, axes = writer.tensor(node.inputs[0]).shape, np.atleast_1d(writer.weights(node, 1)).tolist()
    positive = sorted(axis % len(shape) for axis in axes)
    if len(shape) == 4:
        # Without the axes of the picture, the rest has the same order in both layouts.
        if not node.options.KeepDims() and positive != [1, 2]:
            raise writer.unsupported(node, f"removes the axes {positive}")
        positive = sorted(_AXIS[axis] for axis in positive)
    value = writer.add("ReduceMean", writer.value(node.inputs[0]), axes=positive, keepdims=int(node.options.KeepDims()))
    writer.put(node.outputs[0], value)


def _resize(writer: OnnxWriter, node: TfliteNode) -> None:
    options, (batch, _, _, channels) = node.options, writer.tensor(node.inputs[0]).shape
    height, width = writer.weights(node, 1).tolist()
    places = "align_corners" if options.AlignCorners() else "half_pixel" if options.HalfPixelCenters() else "asymmetric"
    size = writer.literal([batch, channels, height, width], np.int64)
    value = writer.add(
        "Resize",
        writer.value(node.inputs[0]), "", "", size, mode="linear", coordinate_transformation_mode=places
    )  # fmt: skip
    writer.put(node.outputs[0], value)


def _pad(writer: OnnxWriter, node: TfliteNode) -> None:
    paddings = writer.weights(node, 1)
    order = TO_NCHW if len(paddings) == 4 else tuple(range(len(paddings)))
    pads = [int(paddings[axis, side]) for side in (0, 1) for axis in order]
    writer.put(node.outputs[0], writer.add("Pad", writer.value(node.inputs[0]), writer.literal(pads, np.int64)))


def _concatenation(writer: OnnxWriter, node: TfliteNode) -> None:
    axes = len(writer.tensor(node.outputs[0]).shape)
    axis = node.options.Axis() % axes
    value = writer.add("Concat", *map(writer.value, node.inputs), axis=_AXIS[axis] if axes == 4 else axis)
    _finish(writer, node, value)


def _reshape(writer: OnnxWriter, node: TfliteNode) -> None:
    came, made = writer.tensor(node.inputs[0]).shape, writer.tensor(node.outputs[0]).shape
    value = writer.value(node.inputs[0])
    if len(came) == 4:
        value = writer.add("Transpose", value, perm=TO_NHWC)
    value = writer.add("Reshape", value, writer.literal(made, np.int64))
    if len(made) == 4:
        value = writer.add("Transpose", value, perm=TO_NCHW)
    writer.put(node.outputs[0], value)


def _dequantize(writer: OnnxWriter, node: TfliteNode) -> None:
    constant = writer.constant(node.inputs[0])
    if constant is None or constant.dtype != np.float16:
        raise writer.unsupported(node, f"has values in {writer.tensor(node.inputs[0]).dtype}, not float16 weights")
    writer.keep_constant(node.outputs[0], constant.astype(np.float32))


OPERATORS: Mapping[str, Conversion] = {
    "ADD": _arithmetic("Add"),
    "AVERAGE_POOL_2D": _pool,
    "CONCATENATION": _concatenation,
    "CONV_2D": _convolution,
    "Convolution2DTransposeBias": _transposed_convolution,
    "DEPTHWISE_CONV_2D": _convolution,
    "DEQUANTIZE": _dequantize,
    "HARD_SWISH": _unary("HardSwish"),
    "LOGISTIC": _unary("Sigmoid"),
    "MAX_POOL_2D": _pool,
    "MEAN": _mean,
    "MUL": _arithmetic("Mul"),
    "PAD": _pad,
    "PRELU": _prelu,
    "RELU": _unary("Relu"),
    "RELU6": _relu6,
    "RESHAPE": _reshape,
    "RESIZE_BILINEAR": _resize,
    "SUB": _arithmetic("Sub"),
    "TRANSPOSE_CONV": _transposed_convolution,
}
