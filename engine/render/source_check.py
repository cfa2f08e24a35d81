"""Compiles WGSL that no file below `shaders/` contains, to learn whether it is valid."""

from __future__ import annotations

from dataclasses import dataclass

import wgpu

from engine.render.adapter import open_device
from engine.render.wgsl import describe_problem


@dataclass(frozen=True, slots=True)
class SourceError:
    """Why a module does not compile, and the line, from 1; 0 if the compiler names none."""

    line: int
    message: str


def check_source(source: str) -> SourceError | None:
    """The error of a module whose compute entry point is `main`; None if the GPU's compiler accepts it.

    The compilers of drivers have no limits: run this in a process that has some, on a source that was checked before.
    """
    gpu = open_device().gpu
    try:
        module = gpu.create_shader_module(code=source)
        gpu.create_compute_pipeline(layout="auto", compute={"module": module, "entry_point": "main"})
    except wgpu.GPUError as error:
        return SourceError(*describe_problem(error))
    return None
