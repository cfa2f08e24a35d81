"""The contract of a net: what it takes and what it returns. A model that breaks it is not used."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from engine.catalog import FrozenModel
from engine.errors import RequestError
from engine.validation import read_json, read_text, read_toml

NetTask = Literal["mask", "depth", "face", "landmarks"]
NetMeaning = Literal[
    "alpha", "inverse_depth", "metric_depth", "face_regressors", "face_logits", "landmarks", "presence_logit"
]
"""What an output is.

`alpha`: a person's opacity. `inverse_depth`: larger is nearer, up to a scale and a shift. `metric_depth`: metres.
`face_regressors`: a box and key points for each anchor, in pixels of the input. `face_logits`: a logit for each anchor.
`landmarks`: x, y, z of each point in pixels of the input. `presence_logit`: whether there is a face.
"""
CONTRACT = "contract.json"
"""The contract's file in a model's folder."""

_Dtype = Literal["float32", "float16"]
_Axis = Annotated[int, Field(ge=1, le=4096)]
_MEANINGS: dict[NetTask, tuple[frozenset[NetMeaning], ...]] = {
    "mask": (frozenset({"alpha"}),),
    "depth": (frozenset({"inverse_depth"}), frozenset({"metric_depth"})),
    "face": (frozenset({"face_regressors", "face_logits"}),),
    "landmarks": (frozenset({"landmarks", "presence_logit"}),),
}
_DENSE = frozenset({"alpha", "inverse_depth", "metric_depth"})


class NetInput(FrozenModel):
    """The picture that a net takes.

    `tensor` is its name, empty if the net has only one. A value is `(code × scale − mean) / std`, where `code` is the
    display code of the SDR view from 0 to 1 (Rec.709), and `mean` and `std` are by channel in the order of `order`.
    `fit`: the frame is stretched to the size, or keeps its shape between black bars.
    """

    tensor: str = ""
    layout: Literal["NCHW", "NHWC"] = "NCHW"
    width: _Axis
    height: _Axis
    dtype: _Dtype = "float32"
    order: Literal["RGB", "BGR"] = "RGB"
    encoding: Literal["rec709"] = "rec709"
    scale: float = 1.0
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]] = (1, 1, 1)
    fit: Literal["stretch", "letterbox"] = "stretch"

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """The shape of the tensor."""
        size = self.height, self.width
        return (1, 3, *size) if self.layout == "NCHW" else (1, *size, 3)


class NetOutput(FrozenModel):
    """A tensor that a net returns: its name (empty if there is only one), meaning, shape and the range of its values.

    Without a `shape`, a mask or a depth has the width and height of the input, and axes of length 1 around them.
    """

    tensor: str = ""
    meaning: NetMeaning
    shape: tuple[_Axis, ...] | None = None
    dtype: _Dtype = "float32"
    range: tuple[float, float] | None = None

    @model_validator(mode="after")
    def _coherent(self) -> NetOutput:
        if self.range is not None and not self.range[0] < self.range[1]:
            raise ValueError("the range's first value must be less than its second")
        if self.shape is None and self.meaning not in _DENSE:
            raise ValueError(f"an output of the meaning {self.meaning} needs a shape")
        return self


class FaceAnchors(FrozenModel):
    """The anchors of a face detector: for each stride, two anchors at the middle of each cell of that many pixels.

    `keypoints` is the number of points that follow a box: the eyes are the first two, the right one first. Logits are
    cut off at ±`clip`.
    """

    strides: Annotated[tuple[_Axis, ...], Field(min_length=1)]
    keypoints: Annotated[int, Field(ge=2, le=64)]
    clip: float = 100.0


class NetContract(FrozenModel):
    """What a net takes and returns."""

    task: NetTask
    input: NetInput
    outputs: Annotated[tuple[NetOutput, ...], Field(min_length=1)]
    anchors: FaceAnchors | None = None

    @model_validator(mode="after")
    def _coherent(self) -> NetContract:
        meanings = [output.meaning for output in self.outputs]
        if frozenset(meanings) not in _MEANINGS[self.task] or len(set(meanings)) != len(meanings):
            accepted = " or ".join(" and ".join(sorted(group)) for group in _MEANINGS[self.task])
            raise ValueError(f"a net for {self.task} must have the outputs {accepted}")
        if len(self.outputs) > 1 and any(not output.tensor for output in self.outputs):
            raise ValueError("each of several outputs needs the name of its tensor")
        if (self.anchors is not None) != (self.task == "face"):
            raise ValueError("a net for face needs [anchors], and no other net has them")
        return self


class NetDescription(NetContract):
    """A contract with what else is known of a net: the file that `cwtui models add FILE --contract` reads."""

    title: str = ""
    licence: str = "unknown"
    page: str = ""

    @property
    def contract(self) -> NetContract:
        """The contract alone."""
        return NetContract(task=self.task, input=self.input, outputs=self.outputs, anchors=self.anchors)


def read_contract(path: Path) -> NetDescription:
    """The description in a TOML file. Raises RequestError with all its errors."""
    hint = "Compare it with the example in docs/models.md."
    return read_toml(NetDescription, read_text(path), str(path), "contract of a net", hint)


def stored_contract(folder: Path) -> NetContract:
    """The contract in a model's folder. Raises EngineError if it is missing or not valid."""
    path = folder / CONTRACT
    if not path.is_file():
        raise RequestError(f"{folder} has no {CONTRACT}.", "Add the net again: cwtui models add FILE --contract TOML")
    return read_json(NetContract, path.read_bytes(), str(path), "Add the net again with cwtui models add.")


def contract_flaw(folder: Path) -> str | None:
    """Why a folder's contract is not valid, as a predicate to its name, or None."""
    try:
        NetContract.model_validate_json((folder / CONTRACT).read_bytes())
    except FileNotFoundError:
        return f"has no {CONTRACT}"
    except ValidationError:
        return f"has a {CONTRACT} that is not valid"
    return None
