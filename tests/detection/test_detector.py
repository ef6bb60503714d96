from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from seldkit import Detector, load
from seldkit.accdoa import decode
from seldkit.annotations import Annotations, Event
from seldkit.errors import ModelError
from seldkit.media import read_audio, write_audio
from seldkit.models import ModelConfig, SeldModel

RATE = 24000


def model(**config: object) -> SeldModel:
    """A small model with random weights that answers loudly enough to be decoded."""
    values = {
        "name": "small",
        "elements": ["x", "y", "distance"],
        "features": {"parts": [{"name": "log-mel"}, {"name": "level-difference"}]},
        "encoder": {"name": "seldnet", "filters": 8, "rnn_size": 16, "rnn_layers": 1, "attention_heads": 2},
        "window_frames": 20,
        "decoding": {"threshold": 0.15},
        **config,
    }
    torch.manual_seed(3)
    network = SeldModel(ModelConfig.parse(values, "test"))
    for parameter in network.head.parameters():
        parameter.data *= 3
    return network.eval()


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector(model(), device="cpu")


def noise(seconds: float, channels: int = 2) -> np.ndarray:
    rng = np.random.default_rng(0)
    slow = np.repeat(rng.uniform(0, 0.5, (channels, int(seconds * 4) + 1)), RATE // 4, axis=1)
    return (slow[:, : int(seconds * RATE)] * rng.normal(size=(channels, int(seconds * RATE)))).astype(
        np.float32
    )


def streamed(detector: Detector, sound: np.ndarray, size: int) -> Annotations:
    chunks = (sound[:, start : start + size] for start in range(0, sound.shape[1], size))
    updates = list(detector.stream(chunks))
    frames = [update.annotations.frame_count for update in updates]
    assert [update.start for update in updates] == [0, *np.cumsum(frames)[:-1]]
    return Annotations.concatenate([(update.start, update.annotations) for update in updates], sum(frames))


def assert_equal(found: Annotations, expected: Annotations, tolerance: float = 1e-3) -> None:
    assert (len(found), found.frame_count) == (len(expected), expected.frame_count)
    np.testing.assert_array_equal(found.class_id, expected.class_id)
    for name in ("azimuth", "distance", "confidence"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), atol=tolerance)


@pytest.mark.parametrize("size", [777, 24000, 10**9])
def test_a_stream_gives_the_same_result_as_the_file(detector: Detector, size: int, tmp_path: Path) -> None:
    write_audio(tmp_path / "noise.wav", noise(9.34), RATE)
    sound, _ = read_audio(tmp_path / "noise.wav", sample_rate=RATE)
    whole = detector.detect(tmp_path / "noise.wav").annotations
    found = streamed(detector, sound, size)
    assert len(whole) > 50
    assert whole.frame_count == 94
    assert_equal(found, whole)


def test_a_clip_of_the_models_length_is_one_window(detector: Detector) -> None:
    sound = noise(2.0)
    with torch.inference_mode():
        expected = detector.model.predict(torch.from_numpy(sound)[None])
    (direct,) = decode(expected, detector.model.config.elements, 0.15, 15.0)
    assert_equal(streamed(detector, sound, 5000), direct)


def test_frames_become_final_within_the_stated_delay(detector: Detector) -> None:
    heard, sound = 0.0, noise(10.0)

    def chunks() -> object:
        nonlocal heard
        for start in range(0, 10 * RATE, 2400):
            heard = (start + 2400) / RATE
            yield sound[:, start : start + 2400]

    waits = [heard - 0.1 * update.start for update in detector.stream(chunks())]  # type: ignore[arg-type]
    assert detector.delay == 2.0
    assert max(waits) <= detector.delay + 0.1 + 1e-6


@pytest.mark.parametrize("delay", [0.2, 0.5, 1.0, 2.0])
def test_a_shorter_delay_is_kept_and_files_equal_streams(delay: float, tmp_path: Path) -> None:
    detector, heard = Detector(model(), device="cpu", delay=delay), 0.0
    write_audio(tmp_path / "noise.wav", noise(5.03), RATE)
    sound, _ = read_audio(tmp_path / "noise.wav", sample_rate=RATE)

    def chunks() -> Iterator[np.ndarray]:
        nonlocal heard
        for start in range(0, sound.shape[1], 2400):
            heard = (start + 2400) / RATE
            yield sound[:, start : start + 2400]

    waits = [heard - 0.1 * update.start for update in detector.stream(chunks())]
    assert detector.delay == pytest.approx(delay)
    assert max(waits) <= delay + 0.1 + 1e-6
    whole = detector.detect(tmp_path / "noise.wav").annotations
    assert whole.frame_count == 51
    assert_equal(streamed(detector, sound, 777), whole, tolerance=1e-2)  # batches round otherwise


def test_the_windows_length_is_the_usual_delay(detector: Detector) -> None:
    sound = noise(5.0)
    assert_equal(streamed(Detector(model(), delay=2.0), sound, 2400), streamed(detector, sound, 2400))


def test_events_are_returned_as_they_end_and_equal_those_of_the_scene(tmp_path: Path) -> None:
    detector = Detector(model(decoding={"threshold": 0.3}))
    write_audio(tmp_path / "noise.wav", noise(30.0), RATE)
    told: list[Event] = []
    heard: list[tuple[float, int]] = []
    scene = detector.detect(
        tmp_path / "noise.wav",
        progress=lambda seconds: heard.append((seconds, len(told))),
        on_event=told.append,
    )
    assert len(scene.events) > 5
    assert sorted(told, key=lambda event: event.number) == sorted(scene.events, key=lambda one: one.number)
    assert 0 < heard[-1][1] < len(told)  # some before the last of the sound


def test_the_same_audio_in_both_channels_has_no_direction(detector: Detector) -> None:
    sound = noise(3.0)[:1].repeat(2, axis=0)
    found = streamed(detector, sound, 24000)
    assert len(found) > 0
    assert np.isnan(found.azimuth).all()
    assert np.isfinite(found.distance).all()


def test_mono_and_dual_mono_files_have_a_note_that_directions_are_unknown(
    detector: Detector, tmp_path: Path
) -> None:
    mono = noise(3.0, channels=1)
    write_audio(tmp_path / "mono.wav", mono, RATE)
    write_audio(tmp_path / "dual.wav", mono.repeat(2, axis=0), RATE)
    for name, note in (("mono.wav", "mono audio: "), ("dual.wav", "both channels are identical: ")):
        scene = detector.detect(tmp_path / name)
        assert [one.startswith(note) for one in scene.notes] == [True]
        assert np.isnan(scene.annotations.azimuth).all()
        assert all(np.isnan(event.azimuth) for event in scene.events)


def test_foa_is_converted_to_a_pair_that_points_ahead(detector: Detector, tmp_path: Path) -> None:
    w, y, z, x = 0.2 * noise(3.0, channels=4)
    write_audio(tmp_path / "foa.wav", np.stack([w, y, z, x]), RATE)
    write_audio(tmp_path / "stereo.wav", np.stack([w + y, w - y]), RATE)
    foa = detector.detect(tmp_path / "foa.wav", foa=True).annotations
    stereo = detector.detect(tmp_path / "stereo.wav").annotations
    assert foa.frame_count == stereo.frame_count
    assert abs(len(foa) - len(stereo)) <= 2  # 16-bit files differ in their last bit


def test_progress_reports_the_processed_seconds(detector: Detector, tmp_path: Path) -> None:
    write_audio(tmp_path / "noise.wav", noise(7.0), RATE)
    told: list[float] = []
    detector.detect(tmp_path / "noise.wav", progress=told.append)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(7.0)


def test_a_higher_threshold_detects_no_more_events(tmp_path: Path) -> None:
    sound = noise(4.0)
    counts = [len(streamed(Detector(model(), threshold=value), sound, 24000)) for value in (0.05, 0.2, 0.9)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1]


def test_impossible_values_are_reported() -> None:
    with pytest.raises(ModelError, match=r"requires the stream.*has no embedding"):
        Detector(model(streams={"clap": 16}, fusion={"name": "transformer-decoder"}))
    with pytest.raises(ValueError, match="expected one threshold or 13, got 2"):
        Detector(model(), threshold=[0.5, 0.5])
    with pytest.raises(ModelError, match="device 'tpu9' cannot be used"):
        Detector(model(), device="tpu9")
    with pytest.raises(ModelError, match="expected 'default' or a model directory"):
        load("no-such-model")
    for delay in (0.1, 2.1, float("nan"), -1.0):
        with pytest.raises(ModelError, match=r"expected a delay of 0.2 to 2.0 s .the window of the model."):
            Detector(model(), delay=delay)


def test_a_saved_model_is_loaded_by_its_directory(detector: Detector, tmp_path: Path) -> None:
    detector.model.save(tmp_path / "model", card="# small")
    sound = noise(3.0)
    assert_equal(streamed(load(tmp_path / "model"), sound, 24000), streamed(detector, sound, 24000))
