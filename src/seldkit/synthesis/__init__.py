"""Labelled scenes to train on: rooms, sounds, plans and their rendering."""

from seldkit.synthesis.plans import EventPlan, ScenePlan, draw_plan
from seldkit.synthesis.rooms import Room, draw_room, mid_side_responses, to_stereo
from seldkit.synthesis.scenes import Scene, draw_scene, render_scene
from seldkit.synthesis.sounds import Sound, SoundLibrary, load_sounds, split_sounds

__all__ = [
    "EventPlan",
    "Room",
    "Scene",
    "ScenePlan",
    "Sound",
    "SoundLibrary",
    "draw_plan",
    "draw_room",
    "draw_scene",
    "load_sounds",
    "mid_side_responses",
    "render_scene",
    "split_sounds",
    "to_stereo",
]
