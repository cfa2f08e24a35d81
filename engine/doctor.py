"""Checks of this machine: what works, and how to fix what does not."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from engine.catalog import Catalog, FrozenModel
from engine.errors import EngineError
from engine.units import format_bytes

_MIN_FREE_BYTES = 20e9
_SCRIPTS = {"Chinese": "你", "Japanese": "あ", "Korean": "한", "emoji": "🌊"}


class CheckResult(FrozenModel):
    """The result of one check. If a `needed` check is not `ok`, Cleanwater's main work cannot run.

    `found` is the result as text, `fix` what to do about it.
    """

    name: str
    ok: bool
    needed: bool
    found: str
    fix: str = ""


def examine(studio: Path) -> Iterator[CheckResult]:
    """Run all checks, and yield each result as it is found."""
    yield CheckResult(
        name="system", ok=True, needed=False, found=f"{platform.platform()}, Python {platform.python_version()}"
    )
    yield from _native_libraries()
    yield _try("gpu", True, _gpu)
    yield _gpu_colours()
    yield _try("encoders", True, _encoders)
    yield _try("colour", True, _colour)
    yield _try("speech model", True, _speech)
    yield _try("speakers", False, _speakers)
    yield _lettering()
    yield _disk(studio)
    yield from _sandbox()
    yield _sleep()
    yield from seal_findings(studio)
    yield from farm_findings(studio)
    yield CheckResult(name="network", ok=True, needed=False, found=network_exposure(studio))


def _try(name: str, needed: bool, look: Callable[[], str]) -> CheckResult:
    try:
        return CheckResult(name=name, ok=True, needed=needed, found=look())
    except EngineError as error:
        return CheckResult(name=name, ok=False, needed=needed, found=error.message, fix=error.hint)


def _native_libraries() -> Iterator[CheckResult]:
    """Yield one result if all packages with native code load, else one for each that does not."""
    from engine.native_libraries import PACKAGES, load_failures

    failures = load_failures()
    if not failures:
        yield CheckResult(name="libraries", ok=True, needed=True, found=f"all {len(PACKAGES)} native packages load")
    for failure in failures:
        lacks = f"{failure.library} is missing" if failure.library else failure.message
        install = f"apt-get install {failure.debian_package}" if failure.debian_package else "reinstall Cleanwater"
        yield CheckResult(
            name=f"library: {failure.package}",
            ok=False,
            needed=True,
            found=f"does not load ({lacks}); needed for {failure.purpose}",
            fix=f"To fix it: {install}.",
        )


def _gpu() -> str:
    from engine.render import adapter_description

    return adapter_description()


def _gpu_colours() -> CheckResult:
    """Compare the GPU's colours with those of OpenColorIO on the CPU; measured on the first run on a device."""
    from engine.picture import check_device

    try:
        verdicts = check_device()
    except EngineError as error:
        return CheckResult(name="gpu colours", ok=False, needed=True, found=error.message, fix=error.hint)
    if faults := [fault for verdict in verdicts if (fault := verdict.fault)]:
        fix = "Update the system and its graphics driver. Until then this GPU is not used for delivery."
        return CheckResult(name="gpu colours", ok=False, needed=True, found="; ".join(faults), fix=fix)
    inputs = max(verdict.largest for verdict in verdicts if verdict.kind == "input")
    views = ", ".join(f"{v.subject.upper()} {v.mean:.3f}" for v in verdicts if v.kind == "view")
    converted = max(verdict.mean for verdict in verdicts if verdict.kind == "conversion")
    return CheckResult(
        name="gpu colours", ok=True, needed=True,
        found=f"match OpenColorIO: inputs at {inputs:.2f} of the tolerance; mean ΔE of the views: {views}; "
        f"of the conversions as shot: at most {converted:.3f}",
    )  # fmt: skip


def _encoders() -> str:
    from engine.picture import available_encoders

    return ", ".join(available_encoders())


def _colour() -> str:
    import numpy as np

    from engine.picture import CONFIG, to_display

    to_display(np.full((1, 3), 0.18, np.float32), "sdr")
    return CONFIG


def _speech() -> str:
    from engine.speech import locate_model

    model = locate_model(None)
    return f"{model.id} ({model.path})"


def _speakers() -> str:
    from engine.speech import locate_diarizer

    model = locate_diarizer()
    return f"{model.id} ({model.path})"


def _lettering() -> CheckResult:
    """Check the scripts whose fonts are too large to ship with Cleanwater: can captions in them be burnt in?"""
    from engine.text import require_faces

    lacking = []
    for script, sign in _SCRIPTS.items():
        try:
            require_faces(sign)
        except EngineError:
            lacking.append(script)
    return CheckResult(
        name="fonts",
        ok=not lacking,
        needed=False,
        found=f"no font for captions in {', '.join(lacking)}" if lacking else "captions in all scripts can be burnt in",
        fix="Install fonts-noto-cjk and fonts-noto-color-emoji, or set a font in the recipe." if lacking else "",
    )


def _sandbox() -> Iterator[CheckResult]:
    """Test each restriction of the job sandbox on this machine."""
    from engine.jobs import run_self_test as examine_walls

    for wall in examine_walls():
        yield CheckResult(name=f"{wall.restriction} limit", ok=wall.enforced, needed=False, found=wall.by, fix=wall.fix)


def _sleep() -> CheckResult:
    from engine.jobs import can_inhibit_sleep

    found = "prevented while jobs run (caffeinate)" if can_inhibit_sleep() else "by the system's settings"
    return CheckResult(name="sleep", ok=True, needed=False, found=found)


def seal_findings(studio: Path) -> Iterator[CheckResult]:
    """Yield what the last verification of each sealed folder found, if the studio has any."""
    if not Catalog.exists_in(studio):
        return
    catalog = Catalog.in_studio(studio)
    try:
        folders, every = catalog.verifications.folders(), catalog.verifications.every_days()
    finally:
        catalog.close()
    if not folders:
        return
    problems = [problem for one in folders for problem in one.problems]
    if problems:
        first = problems[0]
        more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
        yield CheckResult(
            name="seals",
            ok=False,
            needed=False,
            found=f"{first.path} is {first.verdict}{more}",
            fix="cwtui verify --status lists the files and their intact copies.",
        )
        return
    oldest = min(one.proven_at for one in folders).astimezone()
    schedule = f"every {every} days" if every > 1 else "every day" if every else "never again (cwtui verify --every 7)"
    found = f"no file was found changed; the oldest verification is of {oldest:%Y-%m-%d}; repeated {schedule}"
    yield CheckResult(name="seals", ok=True, needed=False, found=found)


def network_exposure(studio: Path) -> str:
    """Return what of a studio uses the network, and where it listens now, as text."""
    if Catalog.exists_in(studio):
        from engine.jobs import find_studio_process

        catalog = Catalog.in_studio(studio)
        try:
            if find_studio_process(studio) and (listening := list(_listeners(catalog))):
                return f"{'; '.join(listening)}; no telemetry"
        finally:
            catalog.close()
    return (
        "no open ports, no telemetry; only cwtui models fetch, cwtui market, cwtui phone and cwtui farm use the network"
    )


def _listeners(catalog: Catalog) -> Iterator[str]:
    if phones := catalog.phones.listener():
        until = phones.until.astimezone().strftime("%H:%M")
        yield f"receives from phones on {phones.interface}, {phones.url}, until {until} at the latest (cwtui phone off)"
    if farm := catalog.farm.listener():
        ports = f"ports {farm.pairing_port}, {farm.content_port} and {farm.scheduler_port}"
        yield f"its farm listens on {farm.interface}, {farm.address}, {ports} (cwtui farm off)"


def farm_findings(studio: Path, platform_name: str = sys.platform) -> Iterator[CheckResult]:
    """Yield the machines of a studio's farm that get no work, what macOS says of the local network, and the farms for
    which this machine works or worked until its process was killed.
    """
    from engine.farm import find_worker, killed_worker, list_memberships

    listening = False
    if Catalog.exists_in(studio):
        catalog = Catalog.in_studio(studio)
        try:
            machines = catalog.farm.machines()
            listening = catalog.farm.listener() is not None
        finally:
            catalog.close()
        if barred := [one for one in machines if one.state == "quarantined"]:
            yield CheckResult(
                name="farm",
                ok=False,
                needed=False,
                found="; ".join(f"{one.label} is in quarantine: {one.reason}" for one in barred),
                fix=f"cwtui farm forgive {barred[0].name} gives it work again.",
            )
    for membership in list_memberships():
        working, killed = find_worker(membership), killed_worker(membership)
        if working:
            found = f"this machine works for {membership.host}, in process {working.pid}"
        elif killed:
            found = f"this machine worked for {membership.host} until process {killed.pid} was killed"
        else:
            continue
        fix = "" if working else "To continue: cwtui farm join --detach. To leave for good: cwtui farm leave."
        yield CheckResult(name="farm", ok=working is not None, needed=False, found=found, fix=fix)
    if platform_name == "darwin" and listening:
        # Apple's technical note TN3179.
        yield CheckResult(
            name="local network",
            ok=True,
            needed=False,
            found="macOS permits it to programs of Terminal and SSH; when Terminal is closed, its programs may lose it",
            fix="If machines stop answering: System Settings, Privacy & Security, Local Network; or start it over SSH.",
        )


def _disk(studio: Path) -> CheckResult:
    place = next(folder for folder in (studio, *studio.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    return CheckResult(
        name="disk",
        ok=free > _MIN_FREE_BYTES,
        needed=False,
        found=f"{format_bytes(free)} free for {studio}",
        fix="" if free > _MIN_FREE_BYTES else "Free some space, or use a studio on another disk with --studio.",
    )
