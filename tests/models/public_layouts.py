"""State dicts in the public baselines' layouts, with random weights."""

import re
from collections import OrderedDict

import torch
from torch import Tensor

State = OrderedDict[str, Tensor]


def state_2025(visual: bool = False, channels: int = 2, outputs: int | None = None) -> State:
    """The 2025 baseline's names and shapes, as its README's code makes them."""
    shapes: dict[str, tuple[int, ...]] = {}
    for block in range(3):
        shapes[f"conv_blocks.{block}.conv.weight"] = (64, 64 if block else channels, 3, 3)
        for name in ("conv.bias", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var"):
            shapes[f"conv_blocks.{block}.{name}"] = (64,)
    for layer, width in enumerate((128, 256)):
        for direction in ("", "_reverse"):
            shapes[f"gru.weight_ih_l{layer}{direction}"] = (384, width)
            shapes[f"gru.weight_hh_l{layer}{direction}"] = (384, 128)
            shapes[f"gru.bias_ih_l{layer}{direction}"] = shapes[f"gru.bias_hh_l{layer}{direction}"] = (384,)
    for layer in range(2):
        shapes |= attention(f"mhsa_layers.{layer}.")
        shapes |= affine(f"layer_norms.{layer}.", 128)
    if visual:
        shapes |= affine("visual_embed_to_d_model.", 128, 49)
        shapes |= decoder_layer("transformer_decoder_layer.")
        shapes |= decoder_layer("transformer_decoder.layers.0.")
        shapes |= decoder_layer("transformer_decoder.layers.1.")
    shapes |= affine("fnn_list.0.", 128, 128)
    shapes |= affine("fnn_list.1.", outputs or (156 if visual else 117), 128)
    return filled(shapes)


def older(state: State) -> State:
    """The same weights under the names of the 2023 and 2024 baselines."""
    renamed: State = OrderedDict()
    for name, tensor in state.items():
        name = re.sub(r"conv_blocks\.(\d)", lambda found: f"conv_block_list.{3 * int(found[1])}", name)
        name = name.replace("mhsa_layers", "mhsa_block_list").replace("layer_norms", "layer_norm_list")
        renamed[name] = tensor
    return renamed


def affine(name: str, *size: int) -> dict[str, tuple[int, ...]]:
    return {name + "weight": size, name + "bias": size[:1]}


def attention(name: str) -> dict[str, tuple[int, ...]]:
    projections = {name + "in_proj_weight": (384, 128), name + "in_proj_bias": (384,)}
    return projections | affine(name + "out_proj.", 128, 128)


def decoder_layer(name: str) -> dict[str, tuple[int, ...]]:
    shapes = attention(name + "self_attn.") | attention(name + "multihead_attn.")
    shapes |= affine(name + "linear1.", 2048, 128) | affine(name + "linear2.", 128, 2048)
    for norm in ("norm1.", "norm2.", "norm3."):
        shapes |= affine(name + norm, 128)
    return shapes


def filled(shapes: dict[str, tuple[int, ...]]) -> State:
    generator = torch.Generator().manual_seed(0)
    state: State = OrderedDict()
    for name, shape in shapes.items():
        scale = 1.0 if len(shape) == 1 else shape[-1] ** -0.5
        state[name] = torch.randn(shape, generator=generator) * scale
        if name.endswith("running_var"):
            state[name] = state[name].square() + 0.1
            state[name.replace("running_var", "num_batches_tracked")] = torch.tensor(1)
    return state
