"""Layers equal slow reference implementations."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from seldkit.models.layers.conformer import Conformer, ConformerSettings
from seldkit.models.layers.dropout import Dropout
from seldkit.models.layers.pooled_convolution import conv_norm_pool, supports
from seldkit.models.layers.stream_layers import resample_to_frames, time_encoding, token_times

SIZES = ConformerSettings(layers=2, heads=2, feedforward=12, kernel=3, dropout=0.0)


def convolution(channels: int, filters: int = 5, bias: bool = True) -> tuple[nn.Conv2d, nn.BatchNorm2d]:
    conv = nn.Conv2d(channels, filters, 3, padding=1, bias=bias).double()
    norm = nn.BatchNorm2d(filters).double()
    nn.init.normal_(norm.weight)  # negative scales turn maxima into minima
    nn.init.normal_(norm.bias)
    return conv, norm


@settings(derandomize=True, max_examples=25, deadline=None)
@given(
    channels=st.integers(1, 3),
    frames=st.integers(5, 17),
    bins=st.integers(4, 13),
    pool=st.sampled_from([(5, 4), (1, 4), (2, 3), (1, 1)]),
    bias=st.booleans(),
)
def test_a_pooled_convolution_equals_its_three_layers(channels, frames, bins, pool, bias):
    """Values, gradients and the norm's running statistics, also if pooling has a remainder."""
    torch.manual_seed(frames * bins)
    conv, norm = convolution(channels, bias=bias)
    x = torch.randn(3, channels, frames, bins, dtype=torch.float64) * 20 - 60
    outputs, gradients, statistics = [], [], []
    for path in (conv_norm_pool, lambda *parts: functional.max_pool2d(norm(conv(x)), pool)):
        norm.reset_running_stats()
        output = path(x, conv, norm, pool)
        weights = [conv.weight, norm.weight, norm.bias]
        torch.manual_seed(1)
        gradients.append(
            torch.autograd.grad((output * torch.randn(output.shape, dtype=output.dtype)).sum(), weights)
        )
        outputs.append(output)
        statistics.append(
            [norm.running_mean.clone(), norm.running_var.clone(), norm.num_batches_tracked.clone()]
        )
    torch.testing.assert_close(outputs[0], outputs[1], atol=1e-9, rtol=1e-9)
    torch.testing.assert_close(gradients[0], gradients[1], atol=1e-8, rtol=1e-8)
    torch.testing.assert_close(statistics[0], statistics[1])


def test_a_pooled_convolution_uses_running_statistics_in_eval():
    conv, norm = convolution(2)
    norm(torch.randn(4, 5, 8, 8, dtype=torch.float64) * 3 + 1)
    norm.eval()
    x = torch.randn(2, 2, 11, 9, dtype=torch.float64)
    expected = functional.max_pool2d(norm(conv(x)), (5, 4))
    torch.testing.assert_close(conv_norm_pool(x, conv, norm, (5, 4)), expected)


def test_a_pooled_convolution_of_silence_is_finite():
    conv, norm = convolution(2)
    output = conv_norm_pool(torch.full((2, 2, 10, 8), -100.0, dtype=torch.float64), conv, norm, (5, 4))
    output.sum().backward()
    assert output.isfinite().all()
    assert conv.weight.grad.isfinite().all()


def test_a_pooled_convolution_is_used_only_where_it_is_supported():
    conv, norm = convolution(2)
    x = torch.randn(1, 2, 10, 8, dtype=torch.float64)
    assert supports(x, conv, norm)
    assert not supports(x.clone().requires_grad_(), conv, norm)
    assert not supports(x.half(), conv, norm)
    assert not supports(torch.randn(1, 64, 10, 8), conv, norm)
    assert not supports(x, conv, nn.SyncBatchNorm(5))


@pytest.mark.parametrize("rate", [0.05, 0.1, 0.5])
def test_dropout_has_its_rate_and_keeps_the_mean(rate):
    torch.manual_seed(0)
    x = torch.ones(1000, 1001, requires_grad=True)
    output = Dropout(rate)(x)
    assert float((output == 0).double().mean()) == pytest.approx(rate, abs=2e-3)
    assert float(output.detach().mean()) == pytest.approx(1.0, abs=5e-3)
    assert torch.equal(torch.autograd.grad(output.sum(), x)[0], output.detach())  # the same mask


def test_dropout_masks_are_independent():
    torch.manual_seed(0)
    lost = (Dropout(0.5)(torch.ones(4, 250_000)) == 0).double()
    assert (torch.corrcoef(lost) - torch.eye(4)).abs().max() < 0.01
    lanes = (Dropout(0.5)(torch.ones(250_000, 4)) == 0).double()  # within one 64-bit number
    assert (torch.corrcoef(lanes.T) - torch.eye(4)).abs().max() < 0.01


def test_dropout_is_the_identity_in_eval_and_repeatable_with_a_seed():
    x = torch.randn(7, 5)
    assert Dropout(0.5).eval()(x) is x
    outputs = []
    for _ in range(2):
        torch.manual_seed(3)
        outputs.append(Dropout(0.5)(x))
    assert torch.equal(*outputs)


def test_a_conformer_equals_the_published_layer():
    """Half feed-forward, self-attention, convolution, half feed-forward, norm; all pre-norm and residual."""
    torch.manual_seed(0)
    conformer = Conformer(SIZES, 6).double().eval()
    x = expected = torch.randn(2, 7, 6, dtype=torch.float64)
    for layer in conformer.layers:
        expected = reference_layer(layer, expected)
    torch.testing.assert_close(conformer(x), expected)


def reference_layer(layer, x):
    def feed_forward(part, x):
        norm, wide, _, _, narrow, _ = part
        hidden = wide(functional.layer_norm(x, (6,), norm.weight, norm.bias))
        return narrow(hidden * torch.sigmoid(hidden))

    x = x + feed_forward(layer.ffn1, x) / 2
    normed = layer.self_attention_norm(x)
    x = x + layer.self_attention(normed, normed, normed)[0]
    part = layer.convolution
    value, gate = part.pointwise1(part.norm(x)).chunk(2, dim=-1)
    gated = value * torch.sigmoid(gate)
    along = torch.zeros_like(gated)
    for frame in range(x.shape[1]):
        for tap in range(3):
            source = frame + tap - 1
            if 0 <= source < x.shape[1]:
                along[:, frame] += gated[:, source] * part.depthwise.weight[:, 0, tap]
    along = along + part.depthwise.bias
    normed = (along - part.batch_norm.running_mean) / torch.sqrt(part.batch_norm.running_var + 1e-5)
    normed = normed * part.batch_norm.weight + part.batch_norm.bias
    x = x + part.pointwise2(normed * torch.sigmoid(normed))
    x = x + feed_forward(layer.ffn2, x) / 2
    return functional.layer_norm(x, (6,), layer.norm.weight, layer.norm.bias)


def test_attention_to_a_stream_depends_on_time():
    """Reversing a stream changes the output, unless the stream is constant."""
    torch.manual_seed(0)
    conformer = Conformer(SIZES, 6, ["clap"]).eval()
    x, stream = torch.randn(1, 8, 6), torch.randn(1, 3, 6)
    constant = torch.ones(1, 3, 6)
    with torch.inference_mode():
        assert not torch.allclose(conformer(x, {"clap": stream}), conformer(x, {"clap": stream.flip(1)}))
        assert torch.allclose(conformer(x, {"clap": constant}), conformer(x, {"clap": constant.flip(1)}))


def test_an_even_kernel_is_an_error():
    with pytest.raises(ValueError, match="kernel must be odd, got 50"):
        ConformerSettings(kernel=50)


def test_token_times_are_label_frames():
    like = torch.zeros(())
    assert token_times(5, 5, like).tolist() == [0, 1, 2, 3, 4]
    assert token_times(10, 5, like).tolist() == [-0.25, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3.25, 3.75, 4.25]
    assert token_times(1, 5, like).tolist() == [2]
    encoding = time_encoding(torch.tensor([0.0, 1.0]), 4)
    expected = torch.tensor([[0.0, 1.0, 0.0, 1.0], [0.8415, 0.5403, 0.0100, 0.9999]])
    torch.testing.assert_close(encoding, expected, atol=1e-4, rtol=0)


def test_streams_are_resampled_to_the_label_frames():
    ramp = torch.arange(10.0)[None, :, None]
    assert resample_to_frames(ramp, 10) is ramp
    torch.testing.assert_close(resample_to_frames(ramp, 5)[0, :, 0], torch.tensor([0.5, 2.5, 4.5, 6.5, 8.5]))
    assert resample_to_frames(ramp[:, :2], 4, "nearest")[0, :, 0].tolist() == [0, 0, 1, 1]
