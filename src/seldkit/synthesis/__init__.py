"""Synthesis of labelled scenes for training: rooms, receivers, sounds, plans and their rendering."""

from seldkit.deprecation import renamed_attributes
from seldkit.synthesis.propagation import propagate
from seldkit.synthesis.receivers import RECEIVERS, Receiver
from seldkit.synthesis.room_responses import impulse_responses
from seldkit.synthesis.rooms import Room, draw_room
from seldkit.synthesis.scene_plan import EventPlan, ScenePlan, draw_plan
from seldkit.synthesis.scene_rendering import SynthesizedScene, draw_scene, render_scene
from seldkit.synthesis.sound_files import Sound
from seldkit.synthesis.sound_library import SoundLibrary, load_sounds, split_sounds

__all__ = [
    "RECEIVERS",
    "EventPlan",
    "Receiver",
    "Room",
    "ScenePlan",
    "Sound",
    "SoundLibrary",
    "SynthesizedScene",
    "draw_plan",
    "draw_room",
    "draw_scene",
    "impulse_responses",
    "load_sounds",
    "propagate",
    "render_scene",
    "split_sounds",
]

__getattr__ = renamed_attributes(__name__, {"heard": "propagate", "responses": "impulse_responses"})
