"""A recipe and a take become finished files, checked after encoding, with a receipt."""

from engine.deliver.make import make
from engine.deliver.order import Order, refuse_impossible
from engine.deliver.receipt import RECEIPT, Check, Delivered, DeliveredFile, Receipt, read_receipt
from engine.deliver.recipe import Recipe, load_recipe, recipe_names

__all__ = [
    "RECEIPT",
    "Check",
    "Delivered",
    "DeliveredFile",
    "Order",
    "Receipt",
    "Recipe",
    "load_recipe",
    "make",
    "read_receipt",
    "recipe_names",
    "refuse_impossible",
]
