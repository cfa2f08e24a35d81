"""The actions of Market."""

from __future__ import annotations

from cwtui.console.action import Action

MARKET_ACTIONS: tuple[Action, ...] = (
    Action("install", "i", "Install the package", ("market",), "cwtui market install {package}", "install",
           requires=("package",)),
    Action("try_package", "t", "Try the package on the take, without installing it", ("market",),
           "cwtui market try {package} {take} -o frame.png", "try", requires=("package",)),
    Action("market_side", "w", "Show after, before, or both with a wipe", ("market",), short="wipe",
           requires=("package",)),
    Action("remove_package", "x", "Remove the package; presets that you changed stay", ("market",),
           "cwtui market remove {package}", requires=("package",)),
    Action("refresh_market", "r", "Get the news of the repositories in folders", ("market",), "cwtui market refresh",
           "refresh"),
    Action("market_kind", "f", "Show another kind of package", ("market",), short="kind"),
)  # fmt: skip
