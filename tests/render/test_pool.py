"""The pool: reuses exact matches, destroys the oldest first, never a leased resource."""

from __future__ import annotations

import wgpu
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.render import Bytes, Image, Pool, open_device

USAGE = wgpu.TextureUsage.TEXTURE_BINDING | wgpu.TextureUsage.STORAGE_BINDING
SMALL, LARGE = Image(16, 16), Image(64, 64)


def make_pool(budget: int = 1 << 20) -> Pool:
    return Pool(open_device().gpu, budget)


def test_only_an_exact_match_is_reused() -> None:
    pool = make_pool()
    lease = pool.lend(SMALL, USAGE)
    texture = lease.resource
    lease.release()

    assert pool.lend(Image(16, 17), USAGE).resource is not texture
    assert pool.lend(Image(16, 16, "rgba32float"), USAGE).resource is not texture
    assert pool.lend(SMALL, wgpu.TextureUsage.TEXTURE_BINDING).resource is not texture
    assert pool.lend(SMALL, USAGE).resource is texture
    assert pool.counts.reused == 1


def test_a_leased_resource_is_not_leased_twice() -> None:
    pool = make_pool()
    first, second = pool.lend(SMALL, USAGE), pool.lend(SMALL, USAGE)

    assert first.resource is not second.resource


def test_a_reserved_resource_is_not_lent() -> None:
    pool = make_pool()
    lease = pool.lend(SMALL, USAGE)
    lease.release()
    with pool.reserve([lease.resource]):
        assert pool.waiting_bytes == 0
        assert pool.lend(SMALL, USAGE).resource is not lease.resource
    assert pool.lend(SMALL, USAGE).resource is lease.resource


def test_a_shared_resource_returns_when_all_leases_are_released() -> None:
    pool = make_pool()
    first = pool.lend(SMALL, USAGE)
    second = first.share()
    first.release()
    first.release()
    assert pool.waiting_bytes == 0
    second.release()
    assert pool.waiting_bytes == SMALL.size


def test_samples_are_part_of_the_kind_and_the_size() -> None:
    pool = make_pool()
    usage = wgpu.TextureUsage.RENDER_ATTACHMENT
    pool.lend(SMALL, usage, 4).release()

    assert pool.waiting_bytes == 4 * SMALL.size
    assert pool.lend(SMALL, usage).key.size == SMALL.size
    assert pool.counts.made == 2


def test_a_lease_released_twice_counts_once() -> None:
    pool = make_pool()
    lease = pool.lend(SMALL, USAGE)
    lease.release()
    lease.release()

    assert pool.waiting_bytes == SMALL.size
    with pool.lend(SMALL, USAGE):
        assert pool.waiting_bytes == 0


def test_beyond_the_budget_the_least_recently_used_is_destroyed() -> None:
    pool = make_pool(budget=3 * SMALL.size)
    specs = [Image(16, 16, "rgba16float"), *(Image(8, 32 + n) for n in range(3))]
    for spec in specs:
        pool.lend(spec, USAGE).release()

    assert pool.waiting_bytes <= 3 * SMALL.size
    created = pool.counts.made
    pool.lend(specs[-1], USAGE)
    assert pool.counts.made == created
    pool.lend(specs[0], USAGE)
    assert pool.counts.made == created + 1


@given(st.lists(st.tuples(st.sampled_from([SMALL, LARGE, Image(3, 5), Bytes(100)]), st.booleans()), max_size=40))
@settings(max_examples=30)
def test_the_budget_holds_for_any_sequence_of_leases(requests: list[tuple[Image, bool]]) -> None:
    budget = LARGE.size + SMALL.size
    pool = make_pool(budget)
    held = []
    for spec, keep in requests:
        usage = wgpu.BufferUsage.STORAGE if isinstance(spec, Bytes) else USAGE
        lease = pool.lend(spec, usage)
        assert lease.resource not in [other.resource for other in held]
        if keep:
            held.append(lease)
        else:
            lease.release()
        assert pool.waiting_bytes <= budget
    assert pool.counts.made + pool.counts.reused == len(requests)
