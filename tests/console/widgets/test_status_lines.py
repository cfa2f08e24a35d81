"""The status bar: what it says of jobs, how titles are cut, and what moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from textual.app import App, ComposeResult

from cwtui.console.screens.status import header_data, status_data
from cwtui.console.snapshot import Snapshot
from cwtui.console.widgets.status_lines import JobProgress, KeyHints, StatusBar, StatusData
from engine.catalog import JobState

from ..records import a_job

TITLE = "write the transcript of 003-IMG_0103"
RUNNING = StatusData(open_jobs=3, running=JobProgress(TITLE, 0.5), time_left="about 40 s left", disk_free=10**12)


class StatusApp(App[None]):
    CSS = "KeyHints, StatusBar { height: 1; width: 100%; }"

    def compose(self) -> ComposeResult:
        yield KeyHints()
        yield StatusBar()


async def test_the_running_job_is_named_whole_where_there_is_room() -> None:
    for width, shown in ((140, f"▰▰▰▰▱▱▱▱ {TITLE}  "), (110, "▰▰▰▰▱▱▱▱ write the"), (70, "▰▰▰▰▱▱▱▱ ")):
        app = StatusApp()
        async with app.run_test(size=(width, 2)):
            bar = app.query_one(StatusBar)
            bar.data = RUNNING
            line = bar.render().plain
            assert len(line) == width
            assert line.startswith(" 3 jobs · about 40 s left  ▰▰▰▰▱▱▱▱ ")
            assert shown in line
            assert line.endswith("nothing leaves this machine ")


async def test_a_long_message_continues_in_the_status_bar() -> None:
    text = "No sound device on this Mac: PipeWire, PulseAudio and ALSA are missing. Write a file: cwtui listen 1"
    app = StatusApp()
    async with app.run_test(size=(80, 2)):
        hints, bar = app.query_one(KeyHints), app.query_one(StatusBar)
        bar.data = RUNNING
        hints.message = (text, "wrong")
        bar.message = text
        shown = f"{hints.render().plain} {bar.render().plain}"
        assert " ".join(shown.split()) == f"✗ {text}"
        bar.message = ""
        assert bar.render().plain.startswith(" 3 jobs")
        # A message that fits leaves the status bar as it is.
        bar.message = "Undid: keep"
        assert bar.render().plain.startswith(" 3 jobs")


async def test_one_cell_pulses_while_a_job_runs_and_nothing_else_changes() -> None:
    app = StatusApp()
    async with app.run_test(size=(120, 2)):
        bar = app.query_one(StatusBar)
        for share in (0.0, 0.5, 1.0):
            bar.data = StatusData(open_jobs=1, running=JobProgress(TITLE, share), motion=True)
            assert bar._pulse
            before = bar.render()
            bar._toggle()
            after = bar.render()
            assert after.plain == before.plain
            changed = [n for n in range(120) if before[n].spans != after[n].spans]
            assert changed == [bar._pulse_x]
            assert before.plain[bar._pulse_x] in "▰▱"
        bar.data = StatusData()
        assert bar._pulse is None


def test_a_service_is_no_running_job_of_the_status_bar() -> None:
    jobs = (a_job("watch", JobState.RUNNING, cpu_limit=0), a_job("proxy", JobState.RUNNING, done=1, total=2))
    studio = Snapshot(Path("studio"))
    shown = [
        status_data(studio.replace(jobs=some), datetime.now(UTC), gpu="", link="", slow_link=False, plain=False).running
        for some in (jobs[:1], jobs)
    ]
    assert shown[0] is None
    assert shown[1]
    assert shown[1].share == 0.5


def test_motion_needs_a_running_job_and_a_fast_line() -> None:
    studio, now = Snapshot(Path("studio")), datetime.now(UTC)
    runs = studio.replace(jobs=(a_job("proxy", JobState.RUNNING),))
    for snapshot, plain, slow, moves in (
        (runs, False, False, True),
        (studio, False, False, False),
        (runs, True, False, False),
        (runs, False, True, False),
    ):
        data = status_data(snapshot, now, gpu="", link="", slow_link=slow, plain=plain, motion=True)
        assert data.motion == moves
    assert not status_data(runs, now, gpu="", link="", slow_link=False, plain=False).motion


def test_services_are_no_jobs_of_the_status_bar() -> None:
    service, proxy = (a_job(kind, JobState.RUNNING, cpu_limit=limit) for kind, limit in (("watch", 0), ("proxy", 60)))
    snapshot, now = Snapshot(Path("studio")), datetime.now(UTC)
    for jobs, count, title in (((service, proxy), 1, "proxy"), ((service,), 0, None)):
        shown = snapshot.replace(jobs=jobs, counts={JobState.RUNNING: len(jobs)})
        data = status_data(shown, now, gpu="", link="", slow_link=False, plain=False)
        assert (data.open_jobs, data.running and data.running.title) == (count, title)


def test_the_header_names_a_studio_once() -> None:
    assert header_data(Snapshot(Path("films"))).name == "films"
    assert header_data(Snapshot(Path("Movies/Cleanwater"))).name == ""


async def test_a_full_disk_is_named_also_in_a_narrow_terminal() -> None:
    app = StatusApp()
    async with app.run_test(size=(70, 2)):
        bar = app.query_one(StatusBar)
        for free, shown in ((0, "disk full"), (3_000_000_000, "3.0 GB free"), (None, "")):
            bar.data = replace(RUNNING, disk_free=free)
            line = bar.render().plain
            assert shown in line
            assert ("nothing leaves this machine" in line) == (free is None)


async def test_a_narrow_bar_names_the_running_job_by_a_shorter_title() -> None:
    app = StatusApp()
    async with app.run_test(size=(80, 2)):
        bar = app.query_one(StatusBar)
        bar.data = StatusData(
            open_jobs=9, running=JobProgress("transcribe 009-IMG_0104", 0.5, "transcribe 009"), time_left="1 min left"
        )
        assert "▱ transcribe 009  " in bar.render().plain
