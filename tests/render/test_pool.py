"""The pool: reuses exact matches, destroys the oldest first, never a leased resource."""

from __future__ import annotations

import wgpu
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.render import Bytes, Image, Pool, open_device

USAGE = wgpu.TextureUsage.TEXTURE_BINDING | wgpu.TextureUsage.STORAGE_BINDING
SMALL, LARGE = Image(16, 16), Image(64, 64)


def pool(budget: int = 1 << 20) -> Pool:
    return Pool(open_device().gpu, budget)


def test_only_exactly_the_same_kind_is_used_again() -> None:
    here = pool()
    lease = here.lend(SMALL, USAGE)
    texture = lease.resource
    lease.release()

    assert here.lend(Image(16, 17), USAGE).resource is not texture
    assert here.lend(Image(16, 16, "rgba32float"), USAGE).resource is not texture
    assert here.lend(SMALL, wgpu.TextureUsage.TEXTURE_BINDING).resource is not texture
    assert here.lend(SMALL, USAGE).resource is texture
    assert here.counts.reused == 1


def test_what_is_on_loan_is_not_lent_twice() -> None:
    here = pool()
    first, second = here.lend(SMALL, USAGE), here.lend(SMALL, USAGE)

    assert first.resource is not second.resource


def test_given_back_twice_counts_once() -> None:
    here = pool()
    lease = here.lend(SMALL, USAGE)
    lease.release()
    lease.release()

    assert here.waiting_bytes == SMALL.size
    with here.lend(SMALL, USAGE):
        assert here.waiting_bytes == 0


def test_beyond_the_budget_the_longest_unused_goes() -> None:
    here = pool(budget=3 * SMALL.size)
    specs = [Image(16, 16, "rgba16float"), *(Image(8, 32 + n) for n in range(3))]
    for spec in specs:
        here.lend(spec, USAGE).release()

    assert here.waiting_bytes <= 3 * SMALL.size
    made = here.counts.made
    here.lend(specs[-1], USAGE)
    assert here.counts.made == made
    here.lend(specs[0], USAGE)
    assert here.counts.made == made + 1


@given(st.lists(st.tuples(st.sampled_from([SMALL, LARGE, Image(3, 5), Bytes(100)]), st.booleans()), max_size=40))
@settings(max_examples=30)
def test_however_it_is_used_the_budget_holds_and_nothing_is_lost(asked: list[tuple[Image, bool]]) -> None:
    budget = LARGE.size + SMALL.size
    here = pool(budget)
    held = []
    for spec, keep in asked:
        usage = wgpu.BufferUsage.STORAGE if isinstance(spec, Bytes) else USAGE
        lease = here.lend(spec, usage)
        assert lease.resource not in [other.resource for other in held]
        if keep:
            held.append(lease)
        else:
            lease.release()
        assert here.waiting_bytes <= budget
    assert here.counts.made + here.counts.reused == len(asked)
