from .contract import (
    FaceAnchors,
    NetContract,
    NetDescription,
    NetInput,
    NetMeaning,
    NetOutput,
    NetTask,
    read_contract,
)
from .conversion import convert_tflite
from .location import LocatedNet, how_to_add, locate_net, located_nets
from .net import Net
from .runtime import Execution, choose_execution, compile_cache, runtime_version

__all__ = [
    "Execution",
    "FaceAnchors",
    "LocatedNet",
    "Net",
    "NetContract",
    "NetDescription",
    "NetInput",
    "NetMeaning",
    "NetOutput",
    "NetTask",
    "choose_execution",
    "compile_cache",
    "convert_tflite",
    "how_to_add",
    "locate_net",
    "located_nets",
    "read_contract",
    "runtime_version",
]
