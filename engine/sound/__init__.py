"""The sound room: any track as samples on the picture's clock, its loudness, one gain to target, masters."""

from engine.sound.carry import CARRY_TIMESCALE, CarriedTrack, Carry, carried_in, refuse_uncarriable
from engine.sound.encode import Codec
from engine.sound.gain import Gain, Target, one_gain
from engine.sound.layout import Downmix, Layout
from engine.sound.loudness import Level, Loudness, measure, measure_file
from engine.sound.master import Master, write_master
from engine.sound.track import Mended, downmix_of, duration_of, mono_16k, read_blocks
from engine.sound.waveform import peaks, waveform_png

__all__ = [
    "CARRY_TIMESCALE",
    "CarriedTrack",
    "Carry",
    "Codec",
    "Downmix",
    "Gain",
    "Layout",
    "Level",
    "Loudness",
    "Master",
    "Mended",
    "Target",
    "carried_in",
    "downmix_of",
    "duration_of",
    "measure",
    "measure_file",
    "mono_16k",
    "one_gain",
    "peaks",
    "read_blocks",
    "refuse_uncarriable",
    "waveform_png",
    "write_master",
]
