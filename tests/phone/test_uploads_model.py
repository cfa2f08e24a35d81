"""Random requests against a server, beside a model of what the protocols promise."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule, run_state_machine_as_test

from tests.examples import examples
from tests.phone.conftest import BYTES, TUS
from tests.phone.serving import Served, paired_key, project_in, serving

CONTENT = st.binary(max_size=40)


class Uploading(RuleBasedStateMachine):
    """Uploads by tus and by the draft, with right and wrong offsets, checksums and lengths."""

    served: Served
    client: httpx.Client
    uploads = Bundle("uploads")

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, bytes] = {}
        self.length: dict[str, int | None] = {}

    @rule(target=uploads, length=st.one_of(st.none(), st.integers(0, 60)), first=CONTENT)
    def create(self, length: int | None, first: bytes) -> str:
        fields = {"Upload-Defer-Length": "1"} if length is None else {"Upload-Length": str(length)}
        response = self.client.post("/files", headers={**BYTES, **fields}, content=first)
        if length is not None and len(first) > length:
            assert response.status_code == 413
            return self.create(length, first[:length])
        assert (response.status_code, response.headers["upload-offset"]) == (201, str(len(first)))
        url = response.headers["location"]
        self.sent[url], self.length[url] = first, length
        return url

    @rule(url=uploads, content=CONTENT, error=st.sampled_from([0, 0, 0, -1, 1]), chunked=st.booleans())
    def append(self, url: str, content: bytes, error: int, chunked: bool) -> None:
        before = self.sent[url]
        fields = {**BYTES, "Upload-Offset": str(max(0, len(before) + error))}
        body: bytes | Iterator[bytes] = iter([content]) if chunked else content
        response = self.client.patch(url, headers=fields, content=body)
        length = self.length[url]
        if max(0, len(before) + error) != len(before):
            assert response.status_code == 409
        elif length is not None and len(before) + len(content) > length and (length > len(before) or not chunked):
            assert response.status_code == 413
        else:
            assert response.status_code == 204
            if length is None or len(before) < length:
                self.sent[url] = before + content
            assert response.headers["upload-offset"] == str(len(self.sent[url]))

    @rule(url=uploads, content=CONTENT, right=st.booleans())
    def append_checked(self, url: str, content: bytes, right: bool) -> None:
        before, length = self.sent[url], self.length[url]
        if length is not None and len(before) + len(content) > length:
            return
        digest = hashlib.sha256(content if right else content + b"?").digest()
        fields = {"Upload-Checksum": f"sha256 {base64.b64encode(digest).decode()}", "Upload-Offset": str(len(before))}
        response = self.client.patch(url, headers={**BYTES, **fields}, content=content)
        if right or (length is not None and len(before) == length):
            assert response.status_code == 204
            self.sent[url] = before + content
        else:
            assert response.status_code == 460

    @rule(url=uploads, more=st.integers(0, 30))
    def set_length(self, url: str, more: int) -> None:
        before, wanted = self.sent[url], len(self.sent[url]) + more
        fields = {**BYTES, "Upload-Offset": str(len(before)), "Upload-Length": str(wanted)}
        response = self.client.patch(url, headers=fields, content=b"")
        if self.length[url] in (None, wanted):
            assert response.status_code == 204
            self.length[url] = wanted
        else:
            assert response.status_code == 400

    @rule(url=consumes(uploads))
    def terminate(self, url: str) -> None:
        assert self.client.delete(url, headers=TUS).status_code == 204
        assert self.client.head(url, headers=TUS).status_code == 404
        del self.sent[url]

    @invariant()
    def offsets_and_bytes_are_as_sent(self) -> None:
        for url, content in self.sent.items():
            shown = self.client.head(url, headers=TUS)
            assert shown.headers["upload-offset"] == str(len(content))
            upload = self.served.uploads.store.find(url.rpartition("/")[2])
            assert upload
            assert upload.data.read_bytes() == content
            assert upload.complete == (self.length[url] == len(content))

    def teardown(self) -> None:
        for url in self.sent:
            self.client.delete(url, headers=TUS)


def test_offsets_and_bytes_follow_the_requests() -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        project = project_in(folder)
        Uploading.served = stack.enter_context(serving(folder, project))
        headers = {"Authorization": f"Bearer {paired_key(folder, project)}"}
        Uploading.client = stack.enter_context(httpx.Client(base_url=Uploading.served.url, headers=headers))
        run_state_machine_as_test(Uploading, settings=examples(5, stateful_step_count=12))
