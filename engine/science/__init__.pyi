from .density_picture import write_density
from .flight_camera import FlightPath, default_path, read_path
from .observation_summary import observation_picture, observation_record
from .palettes import palette, palette_names
from .plane import ArrayPlane, LoadedPlane, PixelWindow, PlaneSource
from .product import ScienceProduct, make_product, read_record, replay
from .raster import Band, FluxRule, Observation, ScientificRaster
from .reader import read_science
from .recipe import OWN_SCIENCE_RECIPES, ScienceRecipe, load_science_recipe, parse_science_recipe, science_recipes
from .sky_grid import SkyGrid, tangent_grid
from .trailer import TrailerFormat, TrailerSettings, make_trailer

__all__ = [
    "OWN_SCIENCE_RECIPES",
    "ArrayPlane",
    "Band",
    "FlightPath",
    "FluxRule",
    "LoadedPlane",
    "Observation",
    "PixelWindow",
    "PlaneSource",
    "ScienceProduct",
    "ScienceRecipe",
    "ScientificRaster",
    "SkyGrid",
    "TrailerFormat",
    "TrailerSettings",
    "default_path",
    "load_science_recipe",
    "make_product",
    "make_trailer",
    "observation_picture",
    "observation_record",
    "palette",
    "palette_names",
    "parse_science_recipe",
    "read_path",
    "read_record",
    "read_science",
    "replay",
    "science_recipes",
    "tangent_grid",
    "write_density",
]
