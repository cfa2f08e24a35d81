"""The actions of Deliver, some of which Prompter has, too."""

from __future__ import annotations

from cwtui.console.action import Action

DELIVER_ACTIONS: tuple[Action, ...] = (
    Action("edit", "e", "Edit the text", ("deliver", "prompter"), short="edit", requires=("recipe", "script")),
    Action("save", "ctrl+s", "Save the text", ("deliver", "prompter"), short="save",
           requires=("recipe", "script")),
    Action("leave", "escape", "Close the editor", ("deliver", "prompter"), short="back", requires=("script",),
           silent=True),
    Action("copy", "n", "Copy to a recipe of your own", ("deliver",),
           "cwtui recipes copy {recipe} NAME", "copy", requires=("recipe",)),
    Action("revert", "u", "Discard unsaved changes", ("deliver",), requires=("recipe",)),
    Action("delivery_takes", "t", "Choose which takes are delivered", ("deliver",), "{deliver}", "takes"),
    Action("delivery_range", "w", "Deliver as trimmed, whole, or from–to", ("deliver",), "{deliver}"),
    Action("delivery_sdr", "h", "Deliver in HDR or SDR", ("deliver",), "{deliver}", requires=("recipe",)),
    Action("delivery_rendering", "c", "Render as shot or by ACES", ("deliver",), "{deliver}", requires=("recipe",)),
    Action("delivery_speed", "s", "Play high frame rates at real speed or in slow motion", ("deliver",), "{deliver}",
           requires=("recipe",)),
    Action("deliver", "r", "Deliver these takes with this recipe", ("deliver",),
           "{deliver}", "run", requires=("recipe",)),
    Action("preview_back", "left", "Preview: one second back", ("deliver",), call="move_preview(-1)"),
    Action("preview_forward", "right", "Preview: one second forward", ("deliver",), short="preview",
           call="move_preview(1)"),
    Action("preview_previous_frame", "comma", "Preview: one frame back", ("deliver",), call="move_preview_frames(-1)"),
    Action("preview_next_frame", "full_stop", "Preview: one frame forward", ("deliver",),
           call="move_preview_frames(1)"),
    Action("preview_previous_take", "left_square_bracket", "Preview: previous take", ("deliver",),
           call="step_preview(-1)"),
    Action("preview_next_take", "right_square_bracket", "Preview: next take", ("deliver",), call="step_preview(1)"),
    Action("preview_size", "v", "Preview: large, small or off", ("deliver",), "", "view"),
    Action("receipt", "o", "Show the receipt, and write it as a page", ("deliver",), "cwtui receipt {recipe} {p}",
           "receipt", requires=("recipe",)),
    Action("approve", "y", "Approve the deliverables that need a review", ("deliver",),
           "cwtui approve {recipe} --by NAME {p}", "approve", requires=("recipe",)),
    Action("plan", "x", "Choose the plan that decides what is permitted", ("deliver",), "cwtui policy plan NAME"),
    Action("outcome_down", "ctrl+d", "Scroll the results down", ("deliver",), call="scroll_outcome(1)"),
    Action("outcome_up", "ctrl+u", "Scroll the results up", ("deliver",), call="scroll_outcome(-1)"),
    Action("remove", "delete", "Delete a recipe of your own", ("deliver",), "cwtui recipes remove {recipe}",
           requires=("recipe",)),
)  # fmt: skip
