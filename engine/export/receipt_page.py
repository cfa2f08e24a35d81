"""A receipt as a page that a person can read and print: HTML that loads nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from fractions import Fraction
from html import escape
from math import isfinite
from pathlib import Path
from typing import Any

from engine.atomic_files import refuse_existing, write_atomic
from engine.deliver import RECEIPT, ApprovalList, Check, Deliverable, Role, SourceSeal, read_approvals, read_receipt
from engine.errors import EngineError, RequestError
from engine.time import format_short_time, format_time
from engine.units import format_bytes

PAGE = "receipt.html"
_PICTURES = 6
_PICTURE_WIDTH = 360
_IMAGE_WIDTH = 1080
# Seconds of a file that has few values of short-term loudness, whose window is 3 s.
_SHORT = 30
# The loudness curve in SVG units, and its range in LUFS.
_WIDTH, _HEIGHT = 1000, 160
_LOUDEST, _QUIETEST = 0.0, -48.0
_STYLE = """
body { font: 10pt/1.4 system-ui, sans-serif; margin: 12mm; color: #111; }
h1 { font-size: 16pt; margin: 0; } h2 { font-size: 13pt; margin: 8mm 0 1mm; }
p { margin: 1mm 0; } .quiet { color: #666; }
table { border-collapse: collapse; width: 100%; margin: 2mm 0; }
th, td { border-bottom: 1px solid #ccc; padding: 2px 8px 2px 0; text-align: left; vertical-align: top; }
td.n { white-space: nowrap; }
td.d { font: 8pt ui-monospace, monospace; overflow-wrap: anywhere; }
.pictures { display: grid; grid-template-columns: repeat(3, 1fr); gap: 2mm; }
img { width: 100%; } figure { margin: 0; } figcaption { font-size: 8pt; color: #666; }
svg { width: 100%; height: auto; background: #f6f6f6; }
section { break-before: page; } section:first-of-type { break-before: auto; }
tr, figure { break-inside: avoid; } thead { display: table-header-group; }
.passed { color: #17692b; } .failed { color: #b00020; font-weight: 600; } .warning { color: #8a5a00; }
@page { size: A4; margin: 10mm; } @media print { body { margin: 0; } }
"""


def write_receipt_page(folder: Path, out: Path | None = None, *, replace: bool = False) -> Path:
    """Writes the receipt of a folder as HTML, by default as receipt.html beside it; returns the path.

    Each delivery has pictures and the loudness of its file, its source, its checks, and its files with their SHA-256.
    A file that is missing or does not decode has no pictures. Raises RequestError without a receipt, or if `out`
    exists and is no such page, EngineError if the receipt cannot be read.
    """
    deliveries = read_receipt(folder).deliveries if (folder / RECEIPT).is_file() else ()
    if not deliveries:
        raise RequestError(f"{folder} has no receipt.", "cwtui deliver writes one beside its files.")
    path = out or folder / PAGE
    ours = path.is_file() and path.read_bytes()[: len(_MARK)] == _MARK
    refuse_existing(path, replace=replace or ours)
    approvals = read_approvals(folder)
    sections = "\n".join(_section(folder, one, approvals) for one in deliveries)
    count = f"{len(deliveries)} deliver{'y' if len(deliveries) == 1 else 'ies'}"
    name = escape(deliveries[0].recipe)
    page = (
        f'<title>{name}: receipt</title><meta charset="utf-8"><style>{_STYLE}</style></head>\n'
        f"<body><h1>{name}</h1><p class=quiet>{count} in {escape(folder.absolute().name)}</p>\n{sections}\n"
        "</body></html>\n"
    )
    write_atomic(path, _MARK + page.encode(), replace=True)
    return path


_MARK = b'<!DOCTYPE html>\n<html lang="en"><head><meta name="generator" content="Cleanwater receipt">'


def _section(folder: Path, one: Deliverable, approvals: ApprovalList) -> str:
    movie = next((folder / file.path for file in one.files if file.role == "movie"), None)
    pictured = folder / one.sequence.folder if one.sequence else movie
    heard = movie or next((folder / file.path for file in one.files if file.role == "sound"), None)
    parts = [
        f"<h2>{escape(one.take)}</h2>",
        _verdict(one),
        _approval(one, approvals),
        _platform(one),
        _poster(folder, one),
        _sheet(folder, one) or (_pictures(pictured) if pictured else ""),
        _table(_facts(one)),
        _takes(one),
        _copied(one),
        _loudness(heard, one) if heard else "",
        _checks(one.checks),
        _files(one),
        _perceived(one),
        _made_with(one),
        _parts(one),
        "".join(f"<p>{escape(note)}</p>" for note in one.notes),
        f"<p class=quiet>{escape(one.made_by)}, {one.made_at:%d %B %Y, %H:%M} UTC</p>",
    ]
    return f"<section>{''.join(parts)}</section>"


def _verdict(one: Deliverable) -> str:
    failed, warnings = (sum(getattr(check, name) for check in one.checks) for name in ("failed", "warning"))
    whole = "" if one.complete else " The source is incomplete."
    if failed:
        return f"<p class=failed>{failed} of {len(one.checks)} checks failed.{whole}</p>"
    kind = "warning" if warnings or whole else "passed"
    said = f" {warnings} give a warning." if warnings > 1 else " One gives a warning." if warnings else ""
    return f"<p class={kind}>None of {len(one.checks)} checks failed.{said}{whole}</p>"


def _approval(one: Deliverable, approvals: ApprovalList) -> str:
    if one.approval is None:
        return ""
    review = escape(one.approval)
    if found := approvals.of(one):
        return f"<p class=passed>{escape(found.by)} approved it for the review “{review}” on {found.at:%d %B %Y}.</p>"
    return f"<p class=warning>It counts as delivered after the review “{review}”.</p>"


def _platform(one: Deliverable) -> str:
    """The verdict on the rules of the recipe's platform, with the limits that it quotes and its remarks."""
    if one.platform is None:
        return ""
    kind = "passed" if one.platform.ready else "warning"
    remarks = "".join(f"<p class=quiet>{escape(remark)}</p>" for remark in one.platform.remarks)
    return f"<p class={kind}>{escape(one.platform.summary)}</p>{remarks}"


def _facts(one: Deliverable) -> list[tuple[str, str]]:
    facts = [
        ("from", f"{format_time(one.start, 2)}, for {format_time(one.duration, 2)}"),
        ("source", f"XXH128 {one.source_digest}" if one.source_digest and one.cut is None else ""),
        ("seal", _seal(one.seal)),
        ("cut", f"{one.cut.clips} clips, SHA-256 {one.cut.digest}" if one.cut else ""),
        ("recipe", one.recipe_digest),
        ("conversion", one.conversion or ""),
        ("look", ", ".join(f"{look.name} {look.digest[:12]}" for look in one.looks)),
        ("deinterlaced", one.deinterlacer or ""),
        ("sound track", f"{one.sound_track.index}: {one.sound_track.reason}" if one.sound_track else ""),
        ("downmix", one.downmix.rule if one.downmix else ""),
        ("gain", one.described_gain),
    ]
    if one.sequence:
        frames = (
            f"{one.sequence.frames} of {one.sequence.width}×{one.sequence.height}, {format_bytes(one.sequence.bytes)}"
        )
        facts.append(("frames", f"{frames}, SHA-256 {one.sequence.digest}"))
    if one.fidelity:
        facts.append(("fidelity", f"SSIM luma {one.fidelity.mean.luma:.4f}, floor {one.fidelity.floor:g}"))
    if one.signature:
        facts.append(("signed by", f"{one.signature.signer}, certificate SHA-256 {one.signature.certificate_sha256}"))
    for damage in one.damage:
        facts.append(("damage", f"{damage.media}: {damage.detail}"))
    return [(name, text) for name, text in facts if text]


def _seal(seal: SourceSeal | None) -> str:
    return f"{seal.manifest}, {seal.format.upper()} {seal.digest}" if seal else ""


def _table(rows: Iterable[tuple[str, str]]) -> str:
    return f"<table>{''.join(f'<tr><th>{escape(name)}<td>{escape(text)}' for name, text in rows)}</table>"


def _takes(one: Deliverable) -> str:
    if one.cut is None:
        return ""
    rows = "".join(
        f"<tr><td>{escape(take.take)}<td class=d>{take.source_digest}<td class=d>{escape(_seal(take.seal))}"
        f"<td>{escape(take.conversion or '')}"
        f"<td>{'' if take.complete else 'incomplete'}"
        for take in one.cut.takes
    )
    return f"<table><thead><tr><th>take<th>XXH128<th>seal<th>conversion<th></thead>{rows}</table>"


def _copied(one: Deliverable) -> str:
    """How each part of a film was made, if its recipe copies shots."""
    if one.cut is None or not (one.cut.copied or one.cut.encoded):
        return ""
    rows = "".join(
        f"<tr><td>{', '.join(map(str, part.clips))}<td>{escape(part.take)}<td>copied at {format_time(part.start, 2)}, "
        f"{format_time(part.duration, 2)} from {format_time(part.source_start, 2)}"
        f"<td>{part.packets} packets<td class=d>{part.digest}"
        for part in one.cut.copied
    )
    rows += "".join(
        f"<tr><td>{part.clip}<td>{escape(part.take or '')}<td>encoded: {escape(part.reason)}"
        f"<td>{part.frames} frames<td>"
        for part in one.cut.encoded
    )
    return f"<table><thead><tr><th>clip<th>take<th>picture<th><th>XXH128</thead>{rows}</table>"


def _checks(checks: Sequence[Check]) -> str:
    """The checks by file; in each, those that failed first, then warnings."""
    rows = []
    for file in dict.fromkeys(check.file for check in checks):
        rows.append(f"<tr><th colspan=4>{escape(file or 'the delivery')}")
        mine = (check for check in checks if check.file == file)
        rows += [_check(check) for check in sorted(mine, key=lambda one: (not one.failed, one.passed))]
    return f"<table><thead><tr><th><th>check<th>measured<th>wanted</thead>{''.join(rows)}</table>"


def _check(check: Check) -> str:
    kind, sign = ("passed", "✓") if check.passed else ("warning", "!") if not check.failed else ("failed", "✗")
    remark = " (accepted beforehand)" if check.accepted else " (warning)" if check.warning else ""
    return (
        f"<tr><td class={kind}>{sign}<td>{escape(check.name)}{remark}<td>{escape(_value(check.measured))}"
        f"<td>{escape(_value(check.wanted))}"
    )


def _value(value: Any) -> str:
    """A measured or wanted value in one line."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_value, value)) or "none"
    return str(value)


def _files(one: Deliverable) -> str:
    rows = "".join(
        f"<tr><td>{escape(file.path)}<td class=n>{format_bytes(file.bytes)}<td class=d>{file.sha256}"
        + (f"<br>before signing: {file.sha256_unsigned}" if file.sha256_unsigned else "")
        for file in one.files
    )
    return f"<table><thead><tr><th>file<th>size<th>SHA-256</thead>{rows}</table>"


def _made_with(one: Deliverable) -> str:
    """The tools, models and device that made a delivery; nothing for receipts of earlier versions."""
    rows = [(tool.name, f"{tool.version}{f': {tool.purpose}' if tool.purpose else ''}") for tool in one.tools]
    rows += [(model.id, f"{model.purpose}{f', XXH128 {model.digest}' if model.digest else ''}") for model in one.models]
    if device := one.device:
        rows += [
            ("system", device.system),
            ("processor", f"{device.processor}, {device.threads} threads"),
            ("GPU", f"{device.gpu}, {device.driver}" if device.gpu else ""),
        ]
    return _table([row for row in rows if row[1]]) if rows else ""


def _parts(one: Deliverable) -> str:
    """The parts of a picture that jobs of their own rendered, and the joins between devices."""
    if not one.parts:
        return ""
    rows = "".join(
        f"<tr><td>{part.first} to {part.first + part.frames - 1}<td>{escape(part.machine or 'this machine')}"
        f"<td>{escape(part.device)}<td class=n>{'' if part.seconds is None else f'{part.seconds:.1f} s'}"
        for part in one.parts
    )
    joins = "".join(
        f"<p>join at frame {seam.frame}: FLIP {seam.before:.3f} before and {seam.after:.3f} after it</p>"
        for seam in one.seams
    )
    return f"<table><thead><tr><th>frames<th>machine<th>device<th>time</thead>{rows}</table>{joins}"


def _perceived(one: Deliverable) -> str:
    """The products of models that looks read, with their gates."""
    rows = "".join(
        f"<tr><td>{escape(use.product.replace('_', ' '))}<td>{escape(use.take)}<td>{escape(use.model or use.provider)}"
        f"<td class=d>{use.digest}<td>{escape(use.device)}"
        f"<td class={'passed' if all(gate.passed for gate in use.gates) else 'warning'}>"
        + escape(", ".join(f"{gate.name} {gate.measured:g} (least {gate.least:g})" for gate in use.gates))
        for use in one.perception
    )
    if not rows:
        return ""
    return (
        "<table><thead><tr><th>product<th>take<th>model<th>SHA-256 of the model<th>device<th>gates</thead>"
        f"{rows}</table><p class=quiet>Products of models are judged by these gates; no hash proves them.</p>"
    )


def _poster(folder: Path, one: Deliverable) -> str:
    """The poster of a delivery; nothing if there is none or its file is missing."""
    return _image(folder, one, "poster")


def _sheet(folder: Path, one: Deliverable) -> str:
    """The contact sheet of a delivery; nothing if there is none or its file is missing."""
    return _image(folder, one, "sheet")


def _image(folder: Path, one: Deliverable, role: Role) -> str:
    import numpy as np
    from PIL import Image, UnidentifiedImageError

    from engine.picture import jpeg_url

    found = next((folder / file.path for file in one.files if file.role == role), None)
    if found is None:
        return ""
    try:
        with Image.open(found) as image:
            image.thumbnail((_IMAGE_WIDTH, _IMAGE_WIDTH))
            url = jpeg_url(np.asarray(image.convert("RGB")))
    except (OSError, UnidentifiedImageError):
        return ""
    return f'<figure><img src="{url}" alt=""><figcaption>{escape(found.name)}</figcaption></figure>'


def _pictures(path: Path) -> str:
    from engine.ingest import inspect, picture_transform
    from engine.picture import Viewer, jpeg_url

    figures = []
    with suppress(EngineError):
        footage = inspect(path)
        picture, grid = footage.probe.picture, footage.grid
        transform = picture_transform(footage, None) if picture else None
        if picture is None or grid is None or transform is None:
            return ""
        with Viewer(path, picture, transform, grid) as viewer:
            # The middle of each share: the first and the last frames show the least.
            for number in range(_PICTURES):
                tick = grid.tick_at(grid.duration * Fraction(2 * number + 1, 2 * _PICTURES))
                url = jpeg_url(viewer.at(tick, _PICTURE_WIDTH))
                at = format_time(tick / grid.rate, 2)
                figures.append(f'<figure><img src="{url}" alt=""><figcaption>{at}</figcaption></figure>')
    return f"<div class=pictures>{''.join(figures)}</div>" if figures else ""


def _loudness(path: Path, one: Deliverable) -> str:
    """The loudness of a file over time: short-term, or momentary if the file is short."""
    from engine.ingest import inspect
    from engine.sound import meter_file, series_of

    try:
        if not inspect(path).probe.sound:
            return ""
        series = series_of(meter_file(path))
    except EngineError:
        return ""
    kind, levels = (
        ("Short-term", series.short_term_lufs) if one.duration > _SHORT else ("Momentary", series.momentary_lufs)
    )
    values = [max(_QUIETEST, value) if isfinite(value) else _QUIETEST for value in levels]
    if not values:
        return ""
    step = _WIDTH / max(1, len(values) - 1)
    points = " ".join(f"{n * step:.1f},{_height(value):.1f}" for n, value in enumerate(values))
    scale = "".join(
        f'<line x1="0" x2="{_WIDTH}" y1="{_height(level):.0f}" y2="{_height(level):.0f}" stroke="#ddd"/>'
        f'<text x="4" y="{_height(level) - 3:.0f}" font-size="11" fill="#888">{level:g} LUFS</text>'
        for level in (-12.0, -24.0, -36.0)
    )
    caption = f"{kind} loudness, {format_short_time(one.duration)}"
    return (
        f'<figure><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{caption}">{scale}'
        f'<polyline points="{points}" fill="none" stroke="#1f6f8b" stroke-width="1.5"/></svg>'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def _height(level: float) -> float:
    return (_LOUDEST - level) / (_LOUDEST - _QUIETEST) * _HEIGHT
