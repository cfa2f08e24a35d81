"""Writes transcripts again after an edit of corrections or names, without a job."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from engine.atomic_files import write_atomic
from engine.catalog import Catalog, Edit, JobState, Take
from engine.errors import EngineError
from engine.jobs import JobClient
from engine.speech import Correction, apply_corrections, read_transcript, word_at
from engine.studio.subjects import Subjects
from engine.tasks import DEFAULT_OPTIONS, TaskRegistry, latest_transcript, renew_transcript, transcript_path


@dataclass(frozen=True, slots=True)
class EditedTranscripts:
    """The transcripts of a studio, which follow edits in the journal at once."""

    catalog: Catalog
    tasks: TaskRegistry
    jobs: JobClient
    subjects: Subjects

    def renew(self, edit: Edit) -> None:
        """Writes the transcripts again that an edit changed, after it was made, undone or redone."""
        for name, key, before, after in self.catalog.reviews.journal.list_changes(edit):
            if name == "corrections" and (take := self.catalog.take(str(key))):
                self._renew(take, before, after)
            elif name == "voices":
                jobs = self.catalog.queue.done("transcript", str(key))
                for take_id in dict.fromkeys(job.parameters["take"] for job in jobs if job.parameters.get("voices")):
                    if take := self.catalog.take(take_id):
                        self._renew(take)

    def _renew(self, take: Take, before: Sequence[Any] = (), after: Sequence[Any] = ()) -> None:
        """Writes a transcript with its corrections as they are now, which were `before` and are `after`, as JSON."""
        if latest_transcript(self.tasks.context, take) is None:
            # No job of this studio made the transcript, so its own words are all there is.
            self._correct_file(take, before, after)
            return
        renewed = renew_transcript(self.tasks.context, take)
        running = self.catalog.queue.jobs([JobState.QUEUED, JobState.RUNNING])
        stale = any(job.kind == "transcript" and job.parameters.get("take") == take.id for job in running)
        if stale or not renewed:
            # A running job would write the words as they were when it was queued. Without a model there is no job.
            with suppress(EngineError):
                self.jobs.submit([self.tasks.transcript_request(self.subjects.unprobed(take), DEFAULT_OPTIONS)])

    def _correct_file(self, take: Take, before: Sequence[Any], after: Sequence[Any]) -> None:
        path = transcript_path(self.tasks.context.paths, take.id, take.label, take.digest)
        if not path.is_file():
            return
        transcript = read_transcript(path)
        back = []
        for one in (Correction.model_validate(item) for item in before if item not in after):
            here = word_at(transcript.words, one.start)
            # Removed words return with the speaker of the word before them.
            speaker = transcript.words[here].speaker if one.text == "" and here is not None else None
            if one.text is not None:
                back.append(one.model_copy(update={"text": one.heard, "speaker": speaker}))
        added = [Correction.model_validate(item) for item in after if item not in before]
        corrected = apply_corrections(transcript, [*reversed(back), *added])
        write_atomic(path, corrected.model_dump_json(indent=2).encode())
