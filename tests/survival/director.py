"""Creates a project, ingests and delivers; repeatable after interruption. Arguments: STUDIO FOOTAGE RECIPE."""

from __future__ import annotations

import sys
from pathlib import Path

from engine.deliver import load_recipe
from engine.studio import DeliveryRequest, Studio, deliver_all

PROJECT = "Harbour walk"


def main(folder: Path, footage: Path, recipe: str) -> int:
    """Returns 0 if all footage is ingested and delivered."""
    studio = Studio(folder)
    existing = [project for project in studio.catalog.projects() if project.name == PROJECT]
    project = existing[0] if existing else studio.new_project(PROJECT)
    ingested = studio.ingest(project, [footage], prepare=True)
    (outcome,) = deliver_all(studio, DeliveryRequest(load_recipe(recipe)))
    studio.close()
    return outcome.exit_code or bool(ingested["failed"])


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
