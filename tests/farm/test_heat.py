"""How warm a machine is, and when it takes no more work."""

from __future__ import annotations

from pathlib import Path

import pytest

from cwtui.farm_text import machine_heat, machine_use
from engine.farm.heat import Heat, parse_pressure, read_heat, reason_too_hot, sensor_celsius


def sensor(folder: Path, name: str, driver: str, **readings: str) -> None:
    """Write the files of a sensor as Linux shows them."""
    folder.mkdir(parents=True)
    (folder / name).write_text(f"{driver}\n")
    for file, reading in readings.items():
        (folder / file).write_text(f"{reading}\n")


def test_the_hottest_sensor_of_the_processor_counts(tmp_path: Path) -> None:
    assert sensor_celsius(tmp_path) is None
    sensor(tmp_path / "thermal" / "thermal_zone0", "type", "x86_pkg_temp", temp="61000")
    assert sensor_celsius(tmp_path) == 61.0
    sensor(tmp_path / "hwmon" / "hwmon0", "name", "coretemp", temp1_input="58500", temp2_input="64500")
    sensor(tmp_path / "hwmon" / "hwmon1", "name", "BAT0", temp1_input="90000")
    sensor(tmp_path / "hwmon" / "hwmon2", "name", "k10temp", temp1_input="255000", temp2_input="none")
    assert sensor_celsius(tmp_path) == 64.5


def test_this_machine_can_be_read() -> None:
    heat = read_heat()
    assert heat.celsius is None or 0 < heat.celsius < 150
    assert reason_too_hot(heat, None, "") == ""


@pytest.mark.parametrize(
    ("printed", "pressure"),
    [
        ("com.apple.system.thermalpressurelevel 0\n", "nominal"),
        ("com.apple.system.thermalpressurelevel 2\n", "heavy"),
        ("com.apple.system.thermalpressurelevel 9\n", ""),
        ("", ""),
    ],
)
def test_the_thermal_pressure_of_macos_has_a_name(printed: str, pressure: str) -> None:
    assert parse_pressure(printed) == pressure


def test_a_hot_machine_takes_no_more_work_until_it_is_cooler() -> None:
    assert reason_too_hot(Heat(90.0), 90, "") == ""
    hot = reason_too_hot(Heat(91.0), 90, "")
    assert hot == "hot: 91 °C"
    assert reason_too_hot(Heat(86.0), 90, hot) == "hot: 86 °C"
    assert reason_too_hot(Heat(85.0), 90, hot) == ""
    assert reason_too_hot(Heat(pressure="heavy"), 90, "") == "hot: heavy thermal pressure"
    assert reason_too_hot(Heat(pressure="moderate"), 90, "") == ""
    assert reason_too_hot(Heat(120.0, "sleeping"), None, "") == ""
    assert reason_too_hot(Heat(), 90, hot) == ""


def test_what_a_machine_reports_has_words() -> None:
    assert (machine_heat({"temperature": 58.4}), machine_heat({"pressure": "heavy"})) == ("58 °C", "heavy")
    assert (machine_heat({"pressure": "nominal"}), machine_heat({})) == ("", "")
    used = [machine_use({"idle": seconds}) for seconds in (None, 59, 60, 7199, 7200)]
    assert used == ["", "in use", "idle for 1 min", "idle for 119 min", "idle for 2 h"]
