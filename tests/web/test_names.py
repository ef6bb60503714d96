from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seldkit.web.names import LONGEST, safe_name


@pytest.mark.parametrize(
    ("given_name", "safe"),
    [
        ("holiday.mp4", "holiday.mp4"),
        ("Straße 日本.webm", "Straße 日本.webm"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("..\\..\\x.wav", "_.._x.wav"),
        ("a\nb\r\0c.wav", "a_b__c.wav"),
        ("<img src=x onerror=alert(1)>.mp4", "_img src=x onerror=alert(1)_.mp4"),
        ("\u202egnp.exe", "_gnp.exe"),
        ("caf\udce9.wav", "caf_.wav"),
        (".bashrc", "bashrc"),
        ("", "recording"),
        ("...", "recording"),
        ("a" * 300 + ".mp4", "a" * (LONGEST - 4) + ".mp4"),
    ],
)
def test_names_become_harmless(given_name: str, safe: str) -> None:
    assert safe_name(given_name) == safe


@settings(max_examples=200, derandomize=True, deadline=None)
@given(name=st.text(max_size=150))
def test_any_name_is_one_part_of_a_path(name: str) -> None:
    safe = safe_name(name)
    assert Path(safe).name == safe
    assert len(safe.encode()) <= LONGEST
    assert safe.isprintable()
    assert not safe.startswith((".", " "))
    assert safe_name(safe) == safe
