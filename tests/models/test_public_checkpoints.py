"""Checkpoints of the public baselines load and give the outputs of the baselines."""

from collections import OrderedDict

import numpy as np
import pytest
import torch

from models.public_layouts import older, state_2025
from models.reference_seldnet import seldnet
from paths import SHARED, needs_shared, vector
from seldkit.errors import MediaError, ModelError
from seldkit.media import read_audio, write_audio
from seldkit.models import load_public_checkpoint


def loaded(state, folder, name="x.pth"):
    torch.save(state, folder / name)
    return load_public_checkpoint(folder / name)


def outputs(state, folder, channels, name="x.pth", **inputs):
    """The loaded model, its output and the unbounded output of the equations, in double precision."""
    model = loaded(older(state) if name.endswith(".h5") else state, folder, name).double()
    features = torch.randn(2, channels, 63, 64, dtype=torch.float64)
    streams = {"resnet50-map": inputs["maps"]} if inputs else None
    exact = {key: tensor.double() for key, tensor in state.items()}
    with torch.inference_mode():
        raw = seldnet(exact, features, **inputs).unflatten(-1, (3, -1, 13))
        return model, model(features, streams), raw


def test_audio_output_equals_the_equations(tmp_path):
    model, output, raw = outputs(state_2025(), tmp_path, 2)
    expected = torch.cat([raw[..., :2, :].tanh(), raw[..., 2:, :].relu()], dim=-2)
    assert torch.allclose(output, expected, atol=1e-9)
    assert model.parameter_count == 734_261
    assert (model.config.elements, model.config.protocol) == (("x", "y", "distance"), "dcase2025")


def test_audio_visual_output_equals_the_equations(tmp_path):
    maps = torch.randn(2, 12, 49, dtype=torch.float64)
    model, output, raw = outputs(state_2025(visual=True), tmp_path, 2, maps=maps)
    expected = torch.cat([raw[..., :2, :].tanh(), raw[..., 2:3, :].relu(), raw[..., 3:, :].sigmoid()], dim=-2)
    assert torch.allclose(output, expected, atol=1e-9)
    assert model.parameter_count == 2_064_348  # the unused template layer is not among them


def test_2024_foa_has_a_linear_output(tmp_path):
    model, output, raw = outputs(state_2025(channels=7, outputs=156), tmp_path, 7, "x.h5")
    assert torch.allclose(output, raw, atol=1e-9)
    assert model.config.elements == ("x", "y", "z", "distance")


def test_2023_foa_is_bounded(tmp_path):
    model, output, raw = outputs(state_2025(channels=7, outputs=117), tmp_path, 7, "x.h5")
    assert torch.allclose(output, raw.tanh(), atol=1e-9)
    assert model.config.elements == ("x", "y", "z")


@torch.inference_mode()
def test_mic_is_recognized_by_its_ten_channels(tmp_path):
    model = loaded(older(state_2025(channels=10, outputs=156)), tmp_path, "x.h5")
    assert (model.config.name, model.features.channel_count) == ("dcase2024-mic-audio", 10)


def test_a_training_runs_checkpoint_loads(tmp_path):
    """The 2025 trainer saves its optimiser and its best score (a NumPy scalar) beside the weights."""
    state = state_2025()
    run = {"seld_model": state, "opt": {"lr": 1e-3}, "epoch": 7, "best_f_score": np.float64(0.2)}
    assert torch.equal(loaded(run, tmp_path).head.output.bias, state["fnn_list.1.bias"])


def test_a_checkpoint_saves_as_a_model_directory(tmp_path):
    model = loaded(state_2025(), tmp_path)
    again = type(model).load(model.save(tmp_path / "model", "# Baseline\n"))
    features = torch.randn(1, 2, 251, 64)
    assert torch.allclose(model(features), again(features), atol=1e-6)


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "module._orig_mod.", "_orig_mod.module."])
def test_prefixes_of_wrapped_models_are_removed(tmp_path, prefix):
    state = state_2025()
    expected = loaded(state, tmp_path).state_dict()
    found = loaded({prefix + name: tensor for name, tensor in state.items()}, tmp_path).state_dict()
    assert all(torch.equal(found[name], tensor) for name, tensor in expected.items())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_converted(tmp_path, dtype):
    halved = {name: t.to(dtype) if t.is_floating_point() else t for name, t in state_2025().items()}
    found = loaded(halved, tmp_path).state_dict()
    assert found["head.output.weight"].dtype == torch.float32
    assert torch.equal(found["head.output.weight"], halved["fnn_list.1.weight"].float())


@pytest.mark.parametrize("attribute", ["", "model.", "net._orig_mod.", "system.network.module."])
def test_checkpoints_of_lightning_load(tmp_path, attribute):
    state = {attribute + name: tensor for name, tensor in state_2025().items()}
    layer = torch.nn.Linear(2, 2)
    content = {
        "epoch": 3,
        "global_step": 300,
        "pytorch-lightning_version": "2.6.0",
        "state_dict": OrderedDict(state | ({"loss.weight": torch.ones(13)} if attribute else {})),
        "loops": {"fit_loop": {"state_dict": {}}},
        "callbacks": {"ModelCheckpoint{'monitor': 'score'}": {"best_model_score": torch.tensor(0.5)}},
        "optimizer_states": [torch.optim.Adam(layer.parameters()).state_dict()],
        "lr_schedulers": [],
        "hyper_parameters": {"lr": 1e-3},
    }
    found = loaded(content, tmp_path, "last.ckpt").state_dict()
    expected = loaded(state_2025(), tmp_path).state_dict()
    assert all(torch.equal(found[name], tensor) for name, tensor in expected.items())


def test_two_models_in_one_checkpoint_are_an_error(tmp_path):
    state = state_2025()
    both = {prefix + name: tensor for prefix in ("model.", "ema.") for name, tensor in state.items()}
    with pytest.raises(ModelError, match=r"expected one model, found several \('model.', 'ema.'\)"):
        loaded({"state_dict": both}, tmp_path)
    with pytest.raises(ModelError, match="with and without a prefix"):
        loaded(state | {f"module.{name}": tensor for name, tensor in state.items()}, tmp_path)


def test_an_unknown_tensor_is_named(tmp_path):
    state = state_2025()
    state["conv_blocks.3.conv.weight"] = torch.zeros(64, 64, 3, 3)
    with pytest.raises(ModelError, match=r"unknown tensor 'encoder.blocks.3.conv.weight'"):
        loaded(state, tmp_path)


@needs_shared
@torch.inference_mode()
@pytest.mark.parametrize("modality", ["audio", "audio_visual"])
def test_equals_the_official_outputs(modality):
    model = load_public_checkpoint(vector(f"dcase2025/seldnet_{modality}.pth"))
    saved = np.load(vector(f"dcase2025/seldnet_{modality}_io.npz"))
    streams = {"resnet50-map": torch.from_numpy(saved["video"]).flatten(2)} if "visual" in modality else None
    output = model(torch.from_numpy(saved["audio"]), streams)
    assert np.abs(output.flatten(2).numpy() - saved["output"]).max() < 1e-5


@needs_shared
@torch.inference_mode()
@pytest.mark.parametrize(
    ("name", "channels"),
    [("3_1_dev_split0_multiaccdoa_foa_model.h5", 7), ("6_1_dev_split0_multiaccdoa_mic_gcc_model.h5", 10)],
)
def test_the_published_2024_weights_load(name, channels):
    model = load_public_checkpoint(SHARED / "data/models" / name)
    assert model.features.channel_count == channels
    output = model.predict(torch.randn(1, 4, 120_000))
    assert output.shape == (1, 50, 3, 4, 13)
    assert output.isfinite().all()


def test_statistics_of_recordings_have_no_direction(tmp_path):
    """A single source on the left does not change the mean: recordings are used in all rotations."""
    torch.save(older(state_2025(channels=7, outputs=156)), tmp_path / "x.h5")
    sound = np.random.default_rng(0).normal(0, 0.05, 24_000)
    write_audio(tmp_path / "left.wav", np.outer([1.0, 0.9, 0.3, 0.2], sound).astype(np.float32), 24_000)
    stack = load_public_checkpoint(tmp_path / "x.h5", recordings=[tmp_path / "left.wav"]).features
    assert stack.mean[4:].abs().max() < 1e-6  # intensity along Y, Z, X
    assert torch.allclose(stack.deviation[4], stack.deviation[6])
    assert (stack.deviation[4] > 2 * stack.deviation[5]).all()  # the source is near the horizon
    assert torch.allclose(stack.mean[1], stack.mean[3])
    assert stack.mean[0].mean() == pytest.approx(
        stack.extract_raw(mono_foa(sound))[0, 0].mean().item(), abs=0.5
    )


@pytest.mark.parametrize(
    ("name", "channels", "error"),
    [
        ("absent.wav", None, r"absent\.wav"),
        ("stereo.wav", 2, r"stereo\.wav.* 2 channel"),
        ("broken.wav", 0, r"broken\.wav"),
    ],
)
def test_recordings_without_four_channels_are_an_error(tmp_path, name, channels, error):
    torch.save(older(state_2025(channels=7, outputs=156)), tmp_path / "x.h5")
    if channels:
        write_audio(tmp_path / name, np.zeros((channels, 4800), np.float32), 24_000)
    elif channels == 0:
        (tmp_path / name).write_bytes(b"no sound")
    with pytest.raises(MediaError, match=error):
        load_public_checkpoint(tmp_path / "x.h5", recordings=[tmp_path / name])


def test_a_model_without_standardization_does_not_accept_recordings(tmp_path):
    torch.save(state_2025(), tmp_path / "x.pth")
    with pytest.raises(ModelError, match=r"x\.pth: dcase2025-audio does not standardize its features"):
        load_public_checkpoint(tmp_path / "x.pth", recordings=[tmp_path / "any.wav"])


def mono_foa(sound):
    return torch.from_numpy(np.outer([1.0, 0.0, 0.0, 0.0], sound)).float()[None]


def frames_of(found):
    """Frames in which each class is active."""
    classes = {found.classes[number] for number in found.class_id}
    return {name: set(found.frame[found.class_id == found.classes.index(name)]) for name in classes}


@needs_shared
@torch.inference_mode()
def test_the_published_2024_weights_detect_the_speakers_of_a_real_recording():
    """Five seconds of STARSS23: a female voice (pitch about 205 Hz), from 3.0 to 4.5 s a male one (110 Hz).

    Features are standardized with the recording in all rotations. By the intensity vector, the woman is about
    5 degrees to the left, where she is predicted; the man is 55 degrees to the left, but predicted in front.
    """
    recording = vector("stereo/foa.wav")
    model = load_public_checkpoint(
        SHARED / "data/models/3_1_dev_split0_multiaccdoa_foa_model.h5", recordings=[recording]
    )
    sound, _ = read_audio(recording, sample_rate=24_000, layout="foa")
    output = model.predict(torch.from_numpy(sound)[None])
    likely, possible = (model.decode(output, threshold)[0] for threshold in (0.5, 0.3))
    assert set(range(20, 28)) <= frames_of(likely)["female speech"] <= {*range(30), *range(44, 50)}
    assert set(frames_of(likely)) == {"female speech"}
    man = frames_of(possible)["male speech"]
    assert len(man) >= 10
    assert man <= set(range(29, 47))
    assert np.abs(possible.azimuth[possible.class_id <= 1]).max() < 20
    assert np.median(likely.distance) == pytest.approx(3.0, abs=0.5)
