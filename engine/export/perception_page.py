"""A report of stored products as an HTML page: models, confidence over time, and the worst frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from engine.atomic_files import refuse_existing, write_atomic
from engine.errors import EngineError
from engine.time import format_time

if TYPE_CHECKING:
    from engine.catalog import Encoding
    from engine.ingest import Footage
    from engine.perception import (
        FrameQuality,
        PerceptionIndex,
        PerceptionReader,
        ProductKind,
        ProductOverlay,
        ProductRecord,
    )
    from engine.picture import Viewer

_TITLES: dict[ProductKind, tuple[str, ProductOverlay]] = {
    "person_mask": ("People", "mask"),
    "optical_flow": ("Motion", "flow"),
    "depth_map": ("Depth", "depth"),
    "face": ("Faces", "faces"),
}
# A measure from 0 to 1 that is plotted beside the confidence, and what it is.
_MEASURES: dict[ProductKind, tuple[str, str]] = {
    "person_mask": ("warp_iou", "IoU with the previous mask, moved by the flow"),
    "optical_flow": ("valid", "share of the frame in which the flow is valid"),
    "depth_map": ("depth_agreement", "agreement of the depths of neighbouring keyframes"),
}
_WORST, _TYPICAL = 6, 3
# A confidence that a person need not look at.
_GOOD = 0.9
_PICTURE_WIDTH = 480
# The plot in SVG units, with room for its scale; a column is the lowest value of its frames.
_WIDTH, _HEIGHT, _STRIP, _COLUMNS = 1000, 150, 8, 500
_MARK = b'<!DOCTYPE html>\n<html lang="en"><head><meta name="generator" content="Cleanwater perception report">'
_STYLE = """
body { font: 10pt/1.4 system-ui, sans-serif; margin: 12mm; color: #111; }
h1 { font-size: 16pt; margin: 0; } h2 { font-size: 13pt; margin: 8mm 0 1mm; }
p { margin: 1mm 0; } .quiet { color: #666; }
table { border-collapse: collapse; width: 100%; margin: 2mm 0; }
th, td { border-bottom: 1px solid #ccc; padding: 2px 8px 2px 0; text-align: left; vertical-align: top; }
th { white-space: nowrap; width: 1%; } td { overflow-wrap: anywhere; }
.pictures { display: grid; grid-template-columns: repeat(3, 1fr); gap: 3mm; margin: 2mm 0; }
img { width: 100%; display: block; } figure { margin: 0; break-inside: avoid; }
figcaption { font-size: 8.5pt; color: #444; margin: 1mm 0; }
svg { width: 100%; height: auto; background: #f6f6f6; }
.passed { color: #17692b; } .warning { color: #8a5a00; }
@page { size: A4; margin: 10mm; } @media print { body { margin: 0; } }
"""


def write_perception_page(
    reader: PerceptionReader, footage: Footage, out: Path, transform: Encoding | None = None, *, replace: bool = False
) -> Path:
    """Writes the report of a take's products, and returns its path.

    Frames that do not decode have no pictures. Raises FileInTheWayError if `out` exists and is no such report.
    """
    ours = out.is_file() and out.read_bytes()[: len(_MARK)] == _MARK
    refuse_existing(out, replace=replace or ours)
    with _pictures_of(footage, transform) as viewer:
        sections = "\n".join(_section(reader, kind, viewer) for kind in reader.kinds)
    label = escape(reader.indexes[0].label)
    page = (
        f'<title>{label}: perception</title><meta charset="utf-8"><style>{_STYLE}</style></head>\n'
        f"<body><h1>{label}</h1><p class=quiet>{escape(_range(reader.indexes[0]))}</p>\n{sections}\n"
        f"<p class=quiet>{escape(reader.indexes[0].made_by)}. Results of models are judged by these measures, not by "
        "their bytes.</p></body></html>\n"
    )
    write_atomic(out, _MARK + page.encode(), replace=True)
    return out


@dataclass(frozen=True, slots=True)
class _Figures:
    """What the report needs of the qualities of a product, collected in one pass."""

    lowest: list[float]
    measure: list[float | None]
    unstable: list[bool]
    resets: list[int]
    worst: list[FrameQuality]
    with_faces: int


class _Pictures:
    """The frames of a take at the report's size; none if the footage cannot be opened."""

    def __init__(self, viewer: Viewer | None) -> None:
        self._viewer = viewer

    def __enter__(self) -> _Pictures:
        return self

    def __exit__(self, *error: object) -> None:
        if self._viewer:
            self._viewer.close()

    def figure(self, reader: PerceptionReader, overlay: ProductOverlay, number: int, caption: str) -> str:
        """A frame with its product as an HTML figure; only the caption if it does not decode."""
        from engine.perception import draw_product
        from engine.picture import jpeg_url

        image = ""
        if self._viewer:
            with suppress(EngineError):
                shown = draw_product(self._viewer.at(number, _PICTURE_WIDTH), reader, overlay, number)
                image = f'<img src="{jpeg_url(shown)}" alt="">'
        return f"<figure>{image}<figcaption>{escape(caption)}</figcaption></figure>"


def _pictures_of(footage: Footage, transform: Encoding | None) -> _Pictures:
    from engine.ingest import picture_transform
    from engine.picture import Viewer

    with suppress(EngineError):
        found = picture_transform(footage, transform)
        picture, grid = footage.probe.picture, footage.grid
        if found and picture and grid:
            return _Pictures(Viewer(footage.path, picture, found, grid))
    return _Pictures(None)


def _range(index: PerceptionIndex) -> str:
    begin, end = index.first / index.rate, index.ticks.stop / index.rate
    return (
        f"{format_time(begin, 2)} to {format_time(end, 2)}, {index.frames} frames at {float(index.rate):g} a second, "
        f"analysed at {index.width}×{index.height}"
    )


def _section(reader: PerceptionReader, kind: ProductKind, pictures: _Pictures) -> str:
    index = reader.index(kind)
    record = index.product(kind)
    assert record
    title, overlay = _TITLES[kind]
    figures = _collect(reader, kind, index)
    worst = "".join(
        pictures.figure(reader, overlay, one.number, f"{_at(index, one.number)}: {_judgement(one)}")
        for one in figures.worst
    )
    ticks = index.ticks
    typical = "".join(
        pictures.figure(reader, overlay, number, _at(index, number))
        for number in (ticks[len(ticks) * (2 * n + 1) // (2 * _TYPICAL)] for n in range(_TYPICAL))
    )
    return "".join((
        f"<section><h2>{title}</h2>",
        _verdict(record, figures),
        _plot(figures, kind, index),
        f"<div class=pictures>{typical}</div>",
        f"<p>Worst frames:</p><div class=pictures>{worst}</div>" if worst else "",
        _table(index, record),
        "</section>",
    ))  # fmt: skip


def _verdict(record: ProductRecord, figures: _Figures) -> str:
    found = record.summary
    if found is None:
        return ""
    if record.kind == "face":
        if not figures.with_faces:
            return "<p>There is no face in any frame.</p>"
        return f"<p>There is a face in {figures.with_faces} of {found.frames} frames.</p>"
    if not found.unstable and found.lowest_confidence >= _GOOD:
        return f"<p class=passed>All {found.frames} frames are stable; confidence {found.mean_confidence:.2f}.</p>"
    return (
        f"<p class=warning>{found.unstable} of {found.frames} frames are not stable; confidence "
        f"{found.mean_confidence:.2f}, at its lowest {found.lowest_confidence:.2f}.</p>"
    )


def _table(index: PerceptionIndex, record: ProductRecord) -> str:
    made = record.identity
    rows = [
        ("provider", made.name),
        ("model", made.model),
        ("SHA-256", made.digest),
        ("runtime", f"{made.runtime}, {made.device}"),
        ("parameters", ", ".join(f"{name} {value}" for name, value in made.parameters.items())),
        ("results", f"{record.summary.keyframes} of {record.summary.frames} frames" if record.summary else ""),
        ("moved by", f"{index.flow.name}, {index.flow.device}" if index.flow and record.kind in _WARPED else ""),
        ("analysis", _range(index)),
    ]
    return f"<table>{''.join(f'<tr><th>{name}<td>{escape(text)}' for name, text in rows if text)}</table>"


_WARPED = ("person_mask", "depth_map")


def _collect(reader: PerceptionReader, kind: ProductKind, index: PerceptionIndex) -> _Figures:
    ticks = index.ticks
    columns = min(_COLUMNS, len(ticks))
    lowest, unstable = [1.0] * columns, [False] * columns
    measure: list[float | None] = [None] * columns
    resets: list[int] = []
    with_faces = 0
    worst: list[FrameQuality] = []
    name = _MEASURES.get(kind, ("", ""))[0]
    apart = max(1, round(index.rate))
    for place, number in enumerate(ticks):
        quality = reader.quality(kind, number)
        with_faces += quality.measures.get("faces", 0) > 0
        column = place * columns // len(ticks)
        lowest[column] = min(lowest[column], quality.confidence)
        unstable[column] |= not quality.stable
        if (value := quality.measures.get(name)) is not None:
            before = measure[column]
            measure[column] = value if before is None else min(value, before)
        if quality.reset and place:
            resets.append(place)
        # A confidence of 0 without a face says nothing against the frame.
        looked_in_vain = kind == "face" and not quality.measures.get("faces")
        if not looked_in_vain and (not quality.stable or quality.confidence < _GOOD):
            _keep_worst(worst, quality, apart)
    return _Figures(lowest, measure, unstable, resets, sorted(worst, key=lambda one: one.number), with_faces)


def _keep_worst(worst: list[FrameQuality], quality: FrameQuality, apart: int) -> None:
    """Keeps the frames of lowest confidence, at least a second apart."""
    near = next((one for one in worst if abs(one.number - quality.number) < apart), None)
    if near is not None:
        if quality.confidence < near.confidence:
            worst[worst.index(near)] = quality
        return
    worst.append(quality)
    if len(worst) > _WORST:
        worst.remove(max(worst, key=lambda one: one.confidence))


def _plot(figures: _Figures, kind: ProductKind, index: PerceptionIndex) -> str:
    columns = len(figures.lowest)
    step = _WIDTH / columns
    scale = "".join(
        f'<line x1="0" x2="{_WIDTH}" y1="{_y(level):.0f}" y2="{_y(level):.0f}" stroke="#ddd"/>'
        f'<text x="4" y="{_y(level) - 3:.0f}" font-size="11" fill="#888">{level:g}</text>'
        for level in (0.25, 0.5, 0.75)
    )
    marks = "".join(
        f'<rect x="{n * step:.1f}" y="{_HEIGHT - _STRIP}" width="{max(step, 1.5):.1f}" height="{_STRIP}" '
        'fill="#b00020"/>'
        for n, unstable in enumerate(figures.unstable)
        if unstable
    )
    cuts = "".join(
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{_HEIGHT}" stroke="#555" stroke-dasharray="3 4"/>'
        for x in (place / index.frames * _WIDTH for place in figures.resets)
    )
    measured = "".join(
        f'<polyline points="{points}" fill="none" stroke="#b9a16b" stroke-width="1"/>'
        for points in _lines(figures.measure, step)
    )
    confidence = "".join(
        f'<polyline points="{points}" fill="none" stroke="#1f6f8b" stroke-width="2"/>'
        for points in _lines(figures.lowest, step)
    )
    caption = f"Blue: confidence from {_at(index, index.first)} to {_at(index, index.ticks.stop)}."
    if kind in _MEASURES and any(value is not None for value in figures.measure):
        caption += f" Brown: {_MEASURES[kind][1]}."
    if marks:
        caption += " Red: not stable."
    if cuts:
        caption += " Dashed: a shot begins."
    return (
        f'<figure><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(caption)}">{scale}{cuts}'
        f"{measured}{confidence}{marks}</svg><figcaption>{escape(caption)}</figcaption></figure>"
    )


def _lines(values: Sequence[float | None], step: float) -> Iterator[str]:
    """The points of each unbroken stretch of values."""
    points: list[str] = []
    for n, value in enumerate([*values, None]):
        if value is not None:
            points += [f"{n * step:.1f},{_y(value):.1f}", f"{(n + 1) * step:.1f},{_y(value):.1f}"]
        elif points:
            yield " ".join(points)
            points = []


def _y(share: float) -> float:
    """The height of a value from 0 to 1, between the upper edge and the strip."""
    return 4 + (1 - min(max(share, 0.0), 1.0)) * (_HEIGHT - _STRIP - 8)


def _at(index: PerceptionIndex, number: int) -> str:
    return format_time(number / index.rate, 2)


def _judgement(quality: FrameQuality) -> str:
    reasons = "; ".join(quality.reasons)
    return f"confidence {quality.confidence:.2f}{f'; {reasons}' if reasons else ''}"
