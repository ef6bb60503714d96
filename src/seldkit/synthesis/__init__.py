"""Labelled scenes to train on: rooms, receivers, sounds, plans and their rendering."""

from seldkit.synthesis.moving import heard
from seldkit.synthesis.plans import EventPlan, ScenePlan, draw_plan
from seldkit.synthesis.receivers import RECEIVERS, Receiver
from seldkit.synthesis.responses import responses
from seldkit.synthesis.rooms import Room, draw_room
from seldkit.synthesis.scenes import Scene, draw_scene, render_scene
from seldkit.synthesis.sounds import Sound, SoundLibrary, load_sounds, split_sounds

__all__ = [
    "RECEIVERS",
    "EventPlan",
    "Receiver",
    "Room",
    "Scene",
    "ScenePlan",
    "Sound",
    "SoundLibrary",
    "draw_plan",
    "draw_room",
    "draw_scene",
    "heard",
    "load_sounds",
    "render_scene",
    "responses",
    "split_sounds",
]
