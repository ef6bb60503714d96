"""Models that see: their streams are computed from the file that is heard."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from embeddings.encoders import save_clap, save_resnet
from seldkit import Detector
from seldkit.annotations import Annotations
from seldkit.benchmark import mirror_test, streaming_test
from seldkit.embeddings.stream_extractor import StreamExtractor
from seldkit.errors import ModelError
from seldkit.media import iter_frames, read_audio, write_audio, write_video
from seldkit.models import Ensemble, ModelConfig, SeldModel

RATE = 24000
ASSUMED_ANGLE = "video: a field of view of 100° is assumed, see --field-of-view"


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("weights")
    return {"clap": str(save_clap(folder / "clap")), "resnet": str(save_resnet(folder / "resnet"))}


def config(weights: dict[str, str], **changes: object) -> ModelConfig:
    values = {
        "name": "sees",
        "elements": ["x", "y", "distance", "onscreen"],
        "features": {"parts": [{"name": "log-mel"}]},
        "streams": {
            "clap": {"embedding": "clap", "model": weights["clap"], "dim": 32},
            "map": {"embedding": "resnet50-map", "model": weights["resnet"], "rate": 2.0},
        },
        "encoder": {"name": "seldnet", "filters": 8, "rnn_size": 16, "rnn_layers": 1, "attention_heads": 2},
        "fusion": {"name": "transformer-decoder", "layers": 1, "heads": 2, "feedforward": 16},
        "window_frames": 20,
        "decoding": {"threshold": 0.1},
        **changes,
    }
    return ModelConfig.parse(values, "test")


def model(weights: dict[str, str], seed: int = 3, **changes: object) -> SeldModel:
    torch.manual_seed(seed)
    network = SeldModel(config(weights, **changes))
    for parameter in network.head.parameters():
        parameter.data *= 3
    return network.eval()


@pytest.fixture(scope="module")
def detector(weights: dict[str, str]) -> Detector:
    return Detector(model(weights), device="cpu", batch=2)


def noise(seconds: float) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.normal(0, 0.1, (2, round(seconds * RATE))).astype(np.float32)


def pictures(seconds: float, seed: int = 0) -> Iterator[np.ndarray]:
    rng = np.random.default_rng(seed)
    for _ in range(round(seconds * 25)):
        yield rng.integers(0, 256, (9, 16, 3), dtype=np.uint8).repeat(8, axis=0).repeat(8, axis=1)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(
        tmp_path_factory.mktemp("video") / "clip.mp4",
        pictures(7.3),
        25,
        (noise(7.3), RATE),
        preset="ultrafast",
    )


def assert_equal(found: Annotations, expected: Annotations) -> None:
    assert (len(found), found.frame_count) == (len(expected), expected.frame_count)
    np.testing.assert_array_equal(found.class_id, expected.class_id)
    np.testing.assert_allclose(found.azimuth, expected.azimuth, atol=1e-2)
    np.testing.assert_array_equal(found.onscreen, expected.onscreen)


def test_a_video_is_detected_with_audio_and_frames(detector: Detector, video: Path) -> None:
    scene = detector.detect(video)
    assert len(scene.annotations) > 20
    assert scene.annotations.frame_count == 73
    assert scene.annotations.onscreen is not None
    assert scene.notes == (ASSUMED_ANGLE,)


def test_a_symmetric_audiovisual_model_is_left_right_equivariant(
    weights: dict[str, str], video: Path
) -> None:
    plain, symmetric = (Detector(model(weights, symmetric=one), device="cpu") for one in (False, True))
    assert mirror_test(plain, [(video, video)]).agreement < 0.9
    found = mirror_test(symmetric, [(video, video)])
    assert (found.agreement, found.frames) == (1.0, 73)
    assert found.active_frames > 20
    assert found.max_difference < 0.01


def test_uneven_blocks_of_audio_and_frames_give_the_predictions_of_the_file(
    detector: Detector, video: Path
) -> None:
    assert streaming_test(detector, [(video, video)]).max_output_difference < 1e-4


def test_a_stream_of_audio_and_video_frames_equals_the_file(detector: Detector, video: Path) -> None:
    sound, _ = read_audio(video, sample_rate=RATE)
    chunks = (sound[:, start : start + 5000] for start in range(0, sound.shape[1], 5000))
    updates = list(detector.stream(chunks, iter_frames(video, rate=25)))
    frames = sum(update.annotations.frame_count for update in updates)
    found = Annotations.concatenate([(update.start, update.annotations) for update in updates], frames)
    assert_equal(found, detector.detect(video).annotations)


def test_one_window_gets_the_streams_of_its_clip(detector: Detector, tmp_path: Path) -> None:
    clip = write_video(tmp_path / "short.mp4", pictures(2.0), 25, (noise(2.0), RATE))
    network = detector.model
    sound = read_audio(clip, sample_rate=RATE)[0][:, : 2 * RATE]
    extractor = StreamExtractor(network.config.embeddings)
    seen = extractor.for_recording(iter_frames(clip, times=[0.0, 0.5, 1.0, 1.5]), RATE, 20)
    with torch.inference_mode():
        streams = seen.extract(sound[None], [0])
        assert {name: tuple(stream.shape) for name, stream in streams.items()} == {
            "clap": (1, 7, 32),
            "map": (1, 4, 49),
        }
        expected = network.decode(network.predict(torch.from_numpy(sound)[None], streams))[0]
    (update,) = detector.stream([sound], iter_frames(clip))
    assert_equal(update.annotations, expected)


def test_video_frames_change_the_predictions(detector: Detector, tmp_path: Path) -> None:
    clips = [
        write_video(tmp_path / f"{seed}.mp4", pictures(2.0, seed), 25, (noise(2.0), RATE)) for seed in (0, 1)
    ]
    first, second = (detector.detect(clip).annotations for clip in clips)
    assert len(first) != len(second) or not np.allclose(first.azimuth, second.azimuth, atol=1e-3)


def test_an_ensemble_shares_a_stream_of_the_same_name(weights: dict[str, str], video: Path) -> None:
    members = [model(weights), model(weights, seed=4)]
    scene = Detector(Ensemble(members), device="cpu").detect(video)
    assert scene.annotations.frame_count == 73


def test_audio_without_video_is_refused(detector: Detector, tmp_path: Path) -> None:
    path = write_audio(tmp_path / "alone.wav", noise(2.0), RATE)
    with pytest.raises(ModelError, match=r"alone\.wav: has no video, which model 'sees' requires for .* map"):
        detector.detect(path)
    with pytest.raises(ModelError, match="this recording: has no video"):
        list(detector.stream([noise(2.0)]))


def test_a_model_trained_with_stream_dropout_runs_without_the_stream_and_notes_it(
    weights: dict[str, str], tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    path = write_audio(tmp_path / "alone.wav", noise(3.0), RATE)
    scene = Detector(model(weights, stream_dropout=0.3), device="cpu").detect(path)
    assert scene.notes == ("without the optional stream(s) map",)
    assert len(scene.annotations) > 0
    assert scene.annotations.onscreen is None  # who saw nothing cannot tell
    assert not [warning for warning in recwarn if "stands in" in str(warning.message)]


def test_frames_that_end_before_or_after_the_audio_are_no_error(detector: Detector, tmp_path: Path) -> None:
    short = write_video(tmp_path / "short.mp4", pictures(1.0), 25, (noise(4.0), RATE), preset="ultrafast")
    assert detector.detect(short).annotations.frame_count >= 40
    longer = write_video(tmp_path / "long.mp4", pictures(6.0), 25, (noise(3.0), RATE), preset="ultrafast")
    assert detector.detect(longer).notes == (ASSUMED_ANGLE,)  # what was not asked for is not missing


def test_a_stream_without_an_encoder_is_refused(weights: dict[str, str]) -> None:
    with pytest.raises(ModelError, match=r"stream\(s\) map, but its configuration has no embedding"):
        Detector(model(weights, streams={"map": 49}), device="cpu")
