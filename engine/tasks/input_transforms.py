"""Puts the confirmed input transforms of takes into the parameters of jobs that wait for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.catalog import Encoding


def with_input_transforms(parameters: Mapping[str, Any], transforms: Mapping[str, Encoding]) -> dict[str, Any]:
    """The parameters of a job, of one take or of a cut, that `transforms`, by take id, change; empty if none."""
    if parameters.get("take") in transforms and "input_transform" in parameters:
        return {"input_transform": transforms[parameters["take"]]}
    takes = parameters.get("cut_takes", ())
    answered = [{**one, "input_transform": one["input_transform"] or transforms.get(one["take"])} for one in takes]
    return {"cut_takes": answered} if answered != list(takes) else {}
