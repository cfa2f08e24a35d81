from .plane import ArrayPlane, LoadedPlane, PixelWindow, PlaneSource
from .product import ScienceProduct, make_product, replay
from .raster import Band, FluxRule, Observation, ScientificRaster
from .reader import read_science
from .recipe import ScienceRecipe, load_science_recipe, science_recipes
from .sky_grid import SkyGrid, tangent_grid

__all__ = [
    "ArrayPlane",
    "Band",
    "FluxRule",
    "LoadedPlane",
    "Observation",
    "PixelWindow",
    "PlaneSource",
    "ScienceProduct",
    "ScienceRecipe",
    "ScientificRaster",
    "SkyGrid",
    "load_science_recipe",
    "make_product",
    "read_science",
    "replay",
    "science_recipes",
    "tangent_grid",
]
