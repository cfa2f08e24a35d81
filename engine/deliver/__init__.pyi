"""A recipe and a take become finished files, checked after encoding, with a receipt."""

from .build import Mastered, make
from .condition import SourceCondition, accept_command, damaged_gate
from .dialog import cleaning_told
from .estimate import Prediction, predict
from .master import heard_track, master_stretch, sounds_needed
from .ownership import refuse_occupied
from .receipt import RECEIPT, Check, Delivered, DeliveredFile, Receipt, read_receipt
from .recipe import (
    OWN_RECIPES,
    CaptionsLook,
    Fault,
    Recipe,
    SoundRecipe,
    faults_of,
    load_recipe,
    recipe_names,
)
from .request import Order, refuse_impossible
from .speed import Speed, at_speed, keeps_sound, refuse_unanswered

__all__ = [
    "OWN_RECIPES",
    "RECEIPT",
    "CaptionsLook",
    "Check",
    "Delivered",
    "DeliveredFile",
    "Fault",
    "Mastered",
    "Order",
    "Prediction",
    "Receipt",
    "Recipe",
    "SoundRecipe",
    "SourceCondition",
    "Speed",
    "accept_command",
    "at_speed",
    "cleaning_told",
    "damaged_gate",
    "faults_of",
    "heard_track",
    "keeps_sound",
    "load_recipe",
    "make",
    "master_stretch",
    "predict",
    "read_receipt",
    "recipe_names",
    "refuse_impossible",
    "refuse_occupied",
    "refuse_unanswered",
    "sounds_needed",
]
