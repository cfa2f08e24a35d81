"""Between two rooms, and on the way out: what is not furnished is asked nothing."""

from __future__ import annotations

from pathlib import Path

from cwtui.console.chrome import Keys

from .desk import opened


async def test_the_keys_of_a_room_are_drawn_while_the_next_one_is_furnished(desk: Path) -> None:
    async with opened(desk, room="prompter") as (app, _):
        assert app.room
        keys = app.room.query_one(Keys)
        before = keys.render()
        entered = app.switch_mode("deliver")
        assert keys.render() == before
        await entered


async def test_who_leaves_while_a_room_is_entered_leaves(desk: Path) -> None:
    async with opened(desk) as (app, _):
        app.exit(return_code=143)
        await app.go("review")
    assert app.return_code == 143
