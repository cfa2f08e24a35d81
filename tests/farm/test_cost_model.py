"""The model of a farm's time and cost, where it can be computed by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.farm import ChunkLoad, FarmOverheads, FarmTooLargeError, Fleet, estimate_cost

NONE = FarmOverheads(join=0.0, chunk=0.0, dispatch=0.0)


def test_sleeping_chunks_are_divided_among_machines() -> None:
    for machines, seconds in ((1, 120.0), (4, 30.0), (5, 30.0), (12, 10.0), (100, 10.0)):
        found = estimate_cost(ChunkLoad(12, 10.0), Fleet(machines, per_hour=3.6), NONE)
        assert found.seconds == pytest.approx(seconds)
        assert found.price == pytest.approx(machines * seconds * 0.001)
        assert found.working == pytest.approx(120 / (machines * seconds))
        assert found.limit == "work"


def test_overheads_of_a_chunk_come_one_after_the_other() -> None:
    overheads = FarmOverheads(join=3.0, chunk=0.5, dispatch=0.25)
    assert estimate_cost(ChunkLoad(8, 2.0), Fleet(1), overheads).seconds == pytest.approx(3 + 8 * 2.75)
    # The fourth machine gets its first chunk after four dispatches.
    assert estimate_cost(ChunkLoad(4, 2.0), Fleet(4), overheads).seconds == pytest.approx(3 + 1.0 + 2.5)


def test_the_host_gives_out_one_chunk_at_a_time() -> None:
    found = estimate_cost(ChunkLoad(1000, 1.0), Fleet(1000), FarmOverheads(join=0.0, chunk=0.0, dispatch=0.05))
    assert found.seconds == pytest.approx(1000 * 0.05 + 1.0)
    assert found.limit == "host"


def test_the_network_of_the_host_is_shared_by_all() -> None:
    load = ChunkLoad(10, 1.0, input_bytes=100e6, output_bytes=0.0)
    found = estimate_cost(load, Fleet(10, network=1e9, host_network=100e6), NONE)
    assert found.seconds == pytest.approx(10 + 1)
    assert found.limit == "network"
    # Each has 100 MB/s, the host has more: nobody waits.
    assert estimate_cost(load, Fleet(10, network=100e6, host_network=1e12), NONE).seconds == pytest.approx(2, abs=0.01)


def test_shared_inputs_are_fetched_once_by_each_machine() -> None:
    load = ChunkLoad(10, 1.0, shared_bytes=100e6)
    assert estimate_cost(load, Fleet(1, 100e6, 100e6), NONE).seconds == pytest.approx(11)
    assert estimate_cost(load, Fleet(2, 100e6, 100e6), NONE).seconds == pytest.approx(7)


def test_reports_take_their_part_of_the_host() -> None:
    overheads = FarmOverheads(join=0.0, chunk=0.0, dispatch=0.05, report=0.001)
    found = estimate_cost(ChunkLoad(1000, 0.0), Fleet(1000), overheads)
    assert found.seconds == pytest.approx(1000 * 0.05 / 0.5)
    with pytest.raises(FarmTooLargeError, match="2,000 machines"):
        estimate_cost(ChunkLoad(1, 1.0), Fleet(2000), overheads)


def test_what_is_sent_back_has_its_price() -> None:
    load = ChunkLoad(10, 1.0, output_bytes=1e9)
    assert estimate_cost(load, Fleet(1, 1e9, 1e9, per_gigabyte=0.05), NONE).price == pytest.approx(0.5)


@given(
    st.integers(1, 60),
    st.integers(1, 20),
    st.floats(0, 10),
    st.floats(0, 1e9),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_no_farm_is_faster_than_its_parts(
    chunks: int, machines: int, seconds: float, size: float, chunk: float, dispatch: float
) -> None:
    load = ChunkLoad(chunks, seconds, size, size)
    found = estimate_cost(load, Fleet(machines), FarmOverheads(1.0, chunk, dispatch))
    rounds = -(-chunks // machines)
    slack = 1e-6 + 1e-9 * found.seconds
    assert found.seconds + slack >= 1.0 + rounds * (seconds + chunk + 2 * size / 125e6)
    assert found.seconds + slack >= chunks * dispatch
    assert found.seconds + slack >= 2 * chunks * size / 125e6
    alone = estimate_cost(load, Fleet(1), FarmOverheads(1.0, chunk, dispatch))
    assert found.seconds <= alone.seconds + slack


@pytest.mark.parametrize(("chunks", "machines"), [(0, 1), (1, 0)])
def test_no_machine_or_chunk_is_no_farm(chunks: int, machines: int) -> None:
    with pytest.raises(ValueError, match="At least one"):
        estimate_cost(ChunkLoad(chunks, 1.0), Fleet(machines), NONE)
