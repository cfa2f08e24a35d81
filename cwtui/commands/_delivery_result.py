"""Prints what a delivery made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape

from cwtui.commands._tables import QUIET
from cwtui.formatting import format_limiter, plural
from engine.time import format_short_time
from engine.units import format_bytes

if TYPE_CHECKING:
    from engine.deliver import PlatformVerdict


def _copied(cut: Mapping[str, Any]) -> Iterator[str]:
    """The stretches of a film that were copied without encoding, and why other frames were encoded."""
    copied, encoded = cut.get("copied", ()), cut.get("encoded", ())
    if copied:
        frames = sum(part["packets"] for part in copied)
        total = frames + sum(part["frames"] for part in encoded)
        yield f"{frames} of {total} frames copied without encoding"
    for part in copied:
        start, duration, source = (Fraction(*part[name]) for name in ("start", "duration", "source_start"))
        clips = ", ".join(map(str, part["clips"]))
        yield (
            f"copied at {format_short_time(start, 1)}: {float(duration):.1f} s of {part['take']} "
            f"from {format_short_time(source, 1)}, {part['packets']} packets (clip {clips})"
        )
    for part in encoded:
        count = "1 frame" if part["frames"] == 1 else f"{part['frames']} frames"
        named = f" ({part['take']})" if part["take"] else ""
        yield f"encoded: {count} of clip {part['clip']}{named}: {part['reason']}"


def look_lines(looks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The looks of a deliverable: their clips, and the lowest measured confidence of the sources that they read."""
    for look in looks:
        text = f"look {look['name']} {look['digest'][:12]}"
        if clips := look["clips"]:
            text += f", {'clip' if len(clips) == 1 else 'clips'} {', '.join(map(str, clips))}"
        if look["animated"]:
            text += f", keyframes of {', '.join(look['animated'])}"
        found = [(name, share) for sample in look["samples"] for name, share in sample.get("confidence", {}).items()]
        for name in dict.fromkeys(name for name, _ in found):
            text += f", {name} {100 * min(share for other, share in found if other == name):.0f} %"
        yield text


def _perception(uses: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The products of models that looks read, and their gates: these are not proven by hashes."""
    for use in uses:
        gates = use["gates"]
        mark = "[green]✓[/]" if all(gate["measured"] >= gate["least"] for gate in gates) else "[yellow]![/]"
        made = f"{use['model'] or use['provider']} {use['digest'][:12]}".strip()
        measured = ", ".join(f"{gate['name']} {gate['measured']:g} (least {gate['least']:g})" for gate in gates)
        product = use["product"].replace("_", " ")
        text = f"{product} of {use['take']} by {made}: {measured}"
        yield f"{mark} {escape(text)}"


def _packages(packages: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The packages of the market that it uses, and the credits that they ask for."""
    for one in packages:
        yield f"uses {one['package']} {one['version']} ({one['licence']}): {', '.join(one['obligations'])}"
    if credits_ := sorted({one["attribution"] for one in packages if one["attribution"]}):
        yield f"credits: {'; '.join(credits_)}"


def _files(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The names and sizes of what was written; an archive and a sequence of frames are one."""
    archived = [file for file in entry["files"] if file["role"] == "archive"]
    if archived:
        yield f"{archived[0]['path'].partition('/')[0]}/", f"{len(archived)} files, {_size(archived)}"
    if sequence := entry.get("sequence"):
        count = plural(sequence["frames"], "frame")
        yield f"{sequence['folder']}/{sequence['pattern']}", f"{count}, {format_bytes(sequence['bytes'])}"
    for file in entry["files"]:
        if file["role"] not in ("archive", "frames"):
            yield file["path"], format_bytes(file["bytes"])


def _size(files: Sequence[Mapping[str, Any]]) -> str:
    return format_bytes(sum(file["bytes"] for file in files))


def show_delivery(console: Console, delivered: Sequence[Mapping[str, Any]]) -> None:
    """Prints files, failed checks and what to do, warnings, the limiter's work, what was copied, and the verdict."""
    from engine.deliver import PlatformVerdict, check_rules
    from engine.sound import LimiterWork

    remedies = {rule.id: rule.remedy for rule in check_rules()}
    for entry in delivered:
        passed = sum(check["passed"] for check in entry["checks"])
        failed = any(not (check["passed"] or check["accepted"] or check.get("warning")) for check in entry["checks"])
        whole = passed == len(entry["checks"])
        mark = "[red]✗[/]" if failed else "[green]✓[/]" if whole else "[yellow]![/]"
        files = "  ".join(f"{escape(name)} [{QUIET}]{size}[/]" for name, size in _files(entry)) or escape(entry["take"])
        console.print(f"{mark} {files}  [{QUIET}]{passed} of {len(entry['checks'])} checks[/]", soft_wrap=True)
        for check in entry["checks"]:
            if not check["passed"]:
                measured = check["measured"]
                measured = "; ".join(map(str, measured)) if check["accepted"] else measured
                summary = f"{check['name']}: {measured}, expected {check['wanted']}"
                sign = "[yellow]! warning[/]" if check.get("warning") else "[red]✗[/]"
                sign = "[yellow]! accepted[/]" if check["accepted"] else sign
                console.print(f"    {sign} {escape(summary)}", soft_wrap=True)
                # Receipts of earlier versions have no ids.
                remedy = remedies.get(check.get("id", ""))
                if remedy and not check["accepted"] and not check.get("warning"):
                    console.print(f"      [yellow]→[/] {escape(remedy)}", soft_wrap=True)
        if (limiter := entry.get("limiter")) and limiter["most_db"]:
            text = format_limiter(LimiterWork.model_validate(limiter))
            console.print(f"    [{QUIET}]limiter {text}[/]", soft_wrap=True)
        for line in _copied(entry.get("cut") or {}):
            console.print(f"    [{QUIET}]{escape(line)}[/]", soft_wrap=True)
        for line in look_lines(entry.get("looks") or ()):
            console.print(f"    [{QUIET}]{escape(line)}[/]", soft_wrap=True)
        for line in _perception(entry.get("perception") or ()):
            console.print(f"    {line}", soft_wrap=True)
        for line in _packages(entry.get("packages", ())):
            console.print(f"    [{QUIET}]{escape(line)}[/]", soft_wrap=True)
        if not entry["complete"]:
            console.print("    [yellow]![/] incomplete: source damaged (recorded in the receipt)", soft_wrap=True)
        if signature := entry.get("signature"):
            text = f"signed by {escape(signature['signer'])} (certificate {signature['certificate_sha256'][:16]})"
            console.print(f"    [{QUIET}]{text}[/]", soft_wrap=True)
        if platform := entry.get("platform"):
            show_verdict(console, PlatformVerdict.model_validate(platform))
        for note in entry["notes"]:
            console.print(f"    [yellow]![/] {escape(note)}", soft_wrap=True)


def show_verdict(console: Console, verdict: PlatformVerdict) -> None:
    """Prints whether a deliverable is ready for its platform, by which rules it is not, and what to know beside."""
    console.print(f"    {'[green]✓[/]' if verdict.ready else '[yellow]![/]'} {escape(verdict.summary)}", soft_wrap=True)
    for remark in verdict.remarks:
        console.print(f"      [{QUIET}]{escape(remark)}[/]", soft_wrap=True)
