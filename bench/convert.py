"""Converts a movie with the picture pipeline only, without checks or receipt: SDR, 1080p, x264, MP4.

`python -m bench.convert FILM OUT` is equivalent to a single ffmpeg command.
"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from engine.catalog import Encoding
from engine.ingest import inspect
from engine.picture import OutputSpec, PictureFormat, PictureSource, Pipeline, YuvPlanes, write_movie

_WIDTH, _HEIGHT = 1920, 1080


def convert(film: Path, out: Path) -> None:
    """Writes `out` with the encoder settings that `bench.picture` gives ffmpeg."""
    footage = inspect(film)
    picture, grid = footage.probe.picture, footage.grid
    assert picture is not None
    assert grid is not None
    frames = len(grid.sources)
    output_format = PictureFormat(
        _WIDTH, _HEIGHT, grid.rate, frames, "h264", 8, "sdr", gop=round(grid.rate), effort="quick", quality=23
    )
    pipeline = Pipeline(picture, Encoding.HLG, OutputSpec(_WIDTH, _HEIGHT))
    with PictureSource(film, picture) as source, tempfile.TemporaryDirectory(dir=out.parent) as work:

        def frames_of(ticks: range) -> Iterator[YuvPlanes]:
            pictures = ((planes, None) for planes in source.frames(grid, ticks.start, ticks.stop))
            return pipeline.stream(pictures, ticks.start)

        write_movie(out, frames_of, output_format, work=Path(work))


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
