"""A printable list of the shots of a cut, as HTML and as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape

from engine.time import Timecode, format_time
from engine.timeline.cut import Clip, Cut
from engine.timeline.exchange.timeline import ExchangeMedia, source_timecode

Picture = Callable[[Clip], str | None]
"""The URL of a picture of a clip's first frame; a data URL keeps the list in one file. None without a picture."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One clip as text. `source` is the timecode of the take at the clip's first and last frame."""

    number: int
    at: str
    length: str
    name: str
    source: str
    words: str
    notes: str
    picture: str | None


def shots(
    cut: Cut,
    media: Mapping[str, ExchangeMedia],
    words: Callable[[str, int, int], str],
    picture: Picture = lambda clip: None,
) -> list[Shot]:
    """The clips of a cut; `words` are those of a take between two ticks."""
    out = []
    for number, (clip, position) in enumerate(zip(cut.clips, cut.positions, strict=True), 1):
        one = media[clip.take] if clip.take is not None else None
        code = source_timecode(one, cut.rate) if one else Timecode(cut.rate)
        name = "gap" if one is None else f"{one.name} · {clip.name}" if clip.name not in ("", one.name) else one.name
        out.append(
            Shot(
                number,
                format_time(position / cut.rate, 2),
                f"{float(clip.length / cut.rate):.2f} s",
                name,
                f"{code.label(clip.start)} – {code.label(clip.end - 1)}" if one else "",
                words(clip.take, clip.start, clip.end) if clip.take is not None else "",
                ". ".join(_notes(clip)),
                picture(clip) if one else None,
            )
        )
    return out


def _notes(clip: Clip) -> list[str]:
    notes = [clip.reason.rstrip(".")] if clip.reason else []
    if clip.transition:
        notes.append(f"{clip.transition.kind} {clip.transition.before + clip.transition.after} frames")
    if clip.gain_db:
        notes.append(f"{clip.gain_db:+.1f} dB")
    notes += [f"{marker.kind}: {marker.label}" for marker in clip.markers if clip.start <= marker.at < clip.end]
    return notes


def shot_list_markdown(cut: Cut, rows: list[Shot]) -> bytes:
    """The list as a Markdown table."""
    shown = any(row.picture for row in rows)
    head = ["#", "at", "length", *(["picture"] if shown else []), "take", "timecode", "words", "notes"]
    lines = [f"# {_cell(cut.name)}", "", _summary(cut), "", f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    for row in rows:
        image = [f"![{row.number}]({row.picture})" if row.picture else ""] if shown else []
        cells = [
            str(row.number),
            row.at,
            row.length,
            *image,
            _cell(row.name),
            row.source,
            _cell(row.words),
            _cell(row.notes),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return ("\n".join(lines) + "\n").encode()


def shot_list_html(cut: Cut, rows: list[Shot]) -> bytes:
    """The list as a page for a printer; it loads nothing."""
    body = []
    for row in rows:
        image = f'<img src="{escape(row.picture)}" alt="">' if row.picture else ""
        cells = [str(row.number), row.at, row.length]
        texts = "".join(f"<td>{escape(text)}</td>" for text in (row.source, row.words, row.notes))
        times = "".join(f"<td class=n>{text}</td>" for text in cells)
        body.append(f"<tr>{times}<td>{image}{escape(row.name)}</td>{texts}</tr>")
    rows_text = "\n".join(body)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{escape(cut.name)}: shot list</title>
<style>
body {{ font: 10pt/1.35 system-ui, sans-serif; margin: 12mm; color: #111; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ border-bottom: 1px solid #bbb; padding: 4px 8px; text-align: left; vertical-align: top; }}
td.n {{ white-space: nowrap; font-variant-numeric: tabular-nums; }}
tr {{ break-inside: avoid; }}
thead {{ display: table-header-group; }}
img {{ display: block; width: 40mm; margin-bottom: 2px; }}
@page {{ size: A4 landscape; margin: 10mm; }}
@media print {{ body {{ margin: 0; }} }}
</style>
</head>
<body>
<h1>{escape(cut.name)}</h1>
<p>{escape(_summary(cut))}</p>
<table>
<thead><tr><th>#<th>at<th>length<th>take<th>timecode<th>words<th>notes</tr></thead>
<tbody>
{rows_text}
</tbody>
</table>
</body>
</html>
""".encode()


def _summary(cut: Cut) -> str:
    rate = f"{float(cut.rate):.5g}"
    return (
        f"{len(cut.clips)} clips, {format_time(cut.duration, 2)}, {cut.width} × {cut.height}, {rate} frames per second"
    )


def _cell(text: str) -> str:
    """Text in one cell of a table: in one line, with the characters escaped that Markdown gives a meaning."""
    line = " ".join(text.split())
    return "".join(f"\\{char}" if char in "\\|*_`<>[]#" else char for char in line)
