"""Models: lists, downloads, adds, verifies and removes them. All other packages work offline."""

from .add_core_ml import add_core_ml, is_core_ml
from .add_net import add_net
from .fetch import Offer, entry_of, fetch, make_offer, require_trust
from .format_check import EMBEDDING, SEGMENTATION, Weights, weights_in
from .http import Material, download_bytes
from .install import add, remove, require_removable
from .installed import InstallReceipt, Model, ModelVerification, find, models, receipt_in, verify
from .names import installed_folders, model_names, models_folder
from .registry import packaged, registry, shipped
from .registry_entry import UNKNOWN, ModelFile, ModelNeeds, RegistryEntry, Task, WeightsFormat

__all__ = [
    "EMBEDDING",
    "SEGMENTATION",
    "UNKNOWN",
    "InstallReceipt",
    "Material",
    "Model",
    "ModelFile",
    "ModelNeeds",
    "ModelVerification",
    "Offer",
    "RegistryEntry",
    "Task",
    "Weights",
    "WeightsFormat",
    "add",
    "add_core_ml",
    "add_net",
    "download_bytes",
    "entry_of",
    "fetch",
    "find",
    "installed_folders",
    "is_core_ml",
    "make_offer",
    "model_names",
    "models",
    "models_folder",
    "packaged",
    "receipt_in",
    "registry",
    "remove",
    "require_removable",
    "require_trust",
    "shipped",
    "verify",
    "weights_in",
]
