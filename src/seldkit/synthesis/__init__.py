"""Labelled scenes to train on: rooms, receivers, sounds, plans and their rendering."""

from seldkit.synthesis.propagation import heard
from seldkit.synthesis.receivers import RECEIVERS, Receiver
from seldkit.synthesis.room_responses import responses
from seldkit.synthesis.rooms import Room, draw_room
from seldkit.synthesis.scene_plan import EventPlan, ScenePlan, draw_plan
from seldkit.synthesis.scene_rendering import SynthesizedScene, draw_scene, render_scene
from seldkit.synthesis.sound_library import Sound, SoundLibrary, load_sounds, split_sounds

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
    "heard",
    "load_sounds",
    "render_scene",
    "responses",
    "split_sounds",
]
