"""SELDnet of the DCASE baselines by its equations, on a state dict with the baselines' names.

Written from the description (Cho et al. 2014 for the GRU, Vaswani et al. 2017 for attention), without
PyTorch's layers, as an independent reference.
"""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

HEADS = 8
State = Mapping[str, Tensor]


def seldnet(state: State, features: Tensor, maps: Tensor | None = None) -> Tensor:
    """(batch, channels, frames, bins) and (batch, frames, 49) -> the last layer, (batch, frames, outputs)."""
    x = features
    for block, pool in enumerate([(5, 4), (1, 4), (1, 2)]):
        x = conv_block(state, f"conv_blocks.{block}.", x, pool)
    batch, filters, frames, bins = x.shape
    x = x.permute(0, 2, 1, 3).reshape(batch, frames, filters * bins)
    for layer in range(2):
        x = torch.cat(
            [gru(state, f"l{layer}", x), gru(state, f"l{layer}_reverse", x.flip(1)).flip(1)], dim=-1
        )
    x = torch.tanh(x[..., 128:]) * torch.tanh(x[..., :128])
    for layer in range(2):
        x = x + attention(state, f"mhsa_layers.{layer}.", x, x)
        x = norm(state, f"layer_norms.{layer}.", x)
    if maps is not None:
        memory = linear(state, "visual_embed_to_d_model.", maps)
        for layer in range(2):
            x = decoder_layer(state, f"transformer_decoder.layers.{layer}.", x, memory)
    return linear(state, "fnn_list.1.", linear(state, "fnn_list.0.", x))


def conv_block(state: State, name: str, x: Tensor, pool: tuple[int, int]) -> Tensor:
    weight, bias = state[name + "conv.weight"], state[name + "conv.bias"]
    patches = functional.unfold(x, 3, padding=1)  # (batch, channels × 9, frames × bins)
    x = (weight.flatten(1) @ patches + bias[:, None]).unflatten(-1, x.shape[2:])
    mean, variance = state[name + "bn.running_mean"], state[name + "bn.running_var"]
    scale = state[name + "bn.weight"] / torch.sqrt(variance + 1e-5)
    x = (x - mean[:, None, None]) * scale[:, None, None] + state[name + "bn.bias"][:, None, None]
    frames, bins = x.shape[2] // pool[0], x.shape[3] // pool[1]
    x = x.clamp_min(0)[:, :, : frames * pool[0], : bins * pool[1]]
    return x.unflatten(3, (bins, pool[1])).unflatten(2, (frames, pool[0])).amax(dim=(3, 5))


def gru(state: State, layer: str, x: Tensor) -> Tensor:
    hidden, outputs = x.new_zeros(len(x), 128), []
    for frame in x.unbind(1):
        from_input = frame @ state[f"gru.weight_ih_{layer}"].T + state[f"gru.bias_ih_{layer}"]
        from_past = hidden @ state[f"gru.weight_hh_{layer}"].T + state[f"gru.bias_hh_{layer}"]
        reset_in, update_in, new_in = from_input.chunk(3, -1)
        reset_past, update_past, new_past = from_past.chunk(3, -1)
        update = torch.sigmoid(update_in + update_past)
        new = torch.tanh(new_in + torch.sigmoid(reset_in + reset_past) * new_past)
        hidden = (1 - update) * new + update * hidden
        outputs.append(hidden)
    return torch.stack(outputs, dim=1)


def attention(state: State, name: str, x: Tensor, memory: Tensor) -> Tensor:
    weights, biases = state[name + "in_proj_weight"].chunk(3), state[name + "in_proj_bias"].chunk(3)
    query, key, value = (
        (source @ weight.T + bias).unflatten(-1, (HEADS, -1)).transpose(1, 2)
        for source, weight, bias in zip((x, memory, memory), weights, biases, strict=True)
    )
    weight = torch.softmax(query @ key.transpose(2, 3) / query.shape[-1] ** 0.5, dim=-1)
    return linear(state, name + "out_proj.", (weight @ value).transpose(1, 2).flatten(2))


def decoder_layer(state: State, name: str, x: Tensor, memory: Tensor) -> Tensor:
    x = norm(state, name + "norm1.", x + attention(state, name + "self_attn.", x, x))
    x = norm(state, name + "norm2.", x + attention(state, name + "multihead_attn.", x, memory))
    hidden = linear(state, name + "linear1.", x).clamp_min(0)
    return norm(state, name + "norm3.", x + linear(state, name + "linear2.", hidden))


def norm(state: State, name: str, x: Tensor) -> Tensor:
    centred = x - x.mean(-1, keepdim=True)
    scaled = centred / torch.sqrt(centred.square().mean(-1, keepdim=True) + 1e-5)
    return scaled * state[name + "weight"] + state[name + "bias"]


def linear(state: State, name: str, x: Tensor) -> Tensor:
    return x @ state[name + "weight"].T + state[name + "bias"]
