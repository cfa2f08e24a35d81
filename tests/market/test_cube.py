"""Lookup tables: a strict reader, and a writer whose files OpenColorIO reads alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.errors import RequestError
from engine.market import cube_bytes, read_cube

ROWS = "0 0 0\n1 0 0\n0 1 0\n1 1 0\n0 0 1\n1 0 1\n0 1 1\n1 1 1\n"
CUBE = f'# by Ada\nTITLE "Dusk"\nLUT_3D_SIZE 2\nDOMAIN_MIN 0 0 0\n{ROWS}'


def test_a_table_is_written_in_one_form() -> None:
    table = read_cube(CUBE.encode(), "a.cube")
    written = cube_bytes(table)
    assert b"Ada" not in written
    assert b"TITLE" not in written
    assert read_cube(written, "a.cube") == table
    assert cube_bytes(read_cube(written, "a.cube")) == written
    spaced = CUBE.replace(" ", "\t  ").replace('"Dusk"', '"Dawn"').replace("1 1 1", "1.0 1e0 +1")
    assert cube_bytes(read_cube(spaced.encode(), "a.cube")) == written


def test_opencolorio_reads_the_written_table_alike(tmp_path: Path) -> None:
    import PyOpenColorIO

    values = np.random.default_rng(1).uniform(-0.2, 1.4, (27, 3)).astype(np.float32)
    text = "LUT_3D_SIZE 3\n" + "".join(" ".join(f"{value:.9g}" for value in row) + "\n" for row in values)
    results = []
    for name, content in (("given", text.encode()), ("written", cube_bytes(read_cube(text.encode(), "a")))):
        path = tmp_path / f"{name}.cube"
        path.write_bytes(content)
        processor = PyOpenColorIO.Config.CreateRaw().getProcessor(PyOpenColorIO.FileTransform(str(path)))
        pixels = np.random.default_rng(2).uniform(0, 1, (200, 3)).astype(np.float32)
        processor.getDefaultCPUProcessor().applyRGB(pixels)
        results.append(pixels)
    assert np.abs(results[0] - results[1]).max() < 1e-6


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (CUBE.replace("1 1 1", "nan 1 1"), "line 12: the table needs three numbers"),
        (CUBE.replace("1 1 1", "inf 1 1"), "three numbers"),
        (CUBE.replace("1 1 1", "1e99 1 1"), "beyond"),
        (CUBE.replace("1 1 1", "0,5 1 1"), "three numbers"),
        (CUBE.replace("1 1 1", "1 1"), "three numbers"),
        (CUBE.replace("LUT_3D_SIZE 2", "LUT_3D_SIZE 4096"), "a size from 2 to 129"),
        (CUBE.replace("LUT_3D_SIZE 2", "LUT_3D_SIZE 3"), "8 rows of values, not 27"),
        (CUBE.replace("LUT_3D_SIZE 2", "LUT_3D_SIZE 2\nLUT_1D_SIZE 2"), "once"),
        (CUBE.replace("LUT_3D_SIZE 2\n", ""), "needs LUT_1D_SIZE or LUT_3D_SIZE"),
        (CUBE.replace("DOMAIN_MIN 0 0 0", "DOMAIN_MIN 1 0 0"), "not below DOMAIN_MAX"),
        (CUBE.replace("DOMAIN_MIN", "INCLUDE"), "unknown key INCLUDE"),
        (CUBE + "LUT_3D_SIZE 2\n", "twice, or behind the values"),
        (CUBE.replace("Ada", "Adé"), "not ASCII"),
        ('<ProcessList><Reference path="/etc/passwd"/></ProcessList>', "three numbers"),
        ("", "needs LUT_1D_SIZE"),
    ],
)
def test_other_files_are_refused_with_the_line(text: str, reason: str) -> None:
    with pytest.raises(RequestError, match=reason):
        read_cube(text.encode(), "a.cube")
