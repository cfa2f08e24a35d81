"""The work of a delivery from the console."""

from __future__ import annotations

from pathlib import Path

import pytest

from cwtui.console.screens.deliver.delivery_run import DeliveryRun, queue_deliveries
from cwtui.console.session import DeliveryChoices
from engine.deliver import load_library, load_recipe
from engine.policy import PolicyError
from engine.studio import Studio
from engine.transfer import import_footage


def test_a_refused_delivery_names_the_rule_and_who_decides(tmp_path: Path, small_take: Path) -> None:
    with Studio(tmp_path / "studio") as studio:
        project = studio.new_project("Walk")
        takes = import_footage(studio.catalog, studio.folder, project, [small_take]).takes
        studio.catalog.policies.choose_plan("free")
        recipe = load_library(studio.folder, project).recipe("master-prores")
        run = DeliveryRun(recipe, tuple(takes), DeliveryChoices(), {})
        with pytest.raises(PolicyError, match="Writing a deliverable is not permitted") as caught:
            queue_deliveries(studio, project, load_recipe("master-prores"), run)
        assert "The owner of the studio decides: cwtui policy plan creator" in caught.value.hint
