"""Records what PyTorch's encoders compute, for the tests: `python tools/scripts/record-encoders.py fixtures/encoders`.

Needs torch, timm and transformers. Each case is a small encoder with random weights: a file of weights as those who publish such encoders
write it (NAME.npz, .pth or .safetensors), and NAME.expected.safetensors: images [B, H, W, 3], what timm (and transformers, where it has the
encoder) makes of them, weights of a loss, and its gradients. The encoders are those of AugReg, DeiT III and DINOv2.
"""

import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from timm.models import vision_transformer
from timm.models.vision_transformer import VisionTransformer
from transformers import Dinov2Config, Dinov2Model, Dinov2WithRegistersConfig, Dinov2WithRegistersModel

out = Path(sys.argv[1])
D, DEPTH, HEADS = 12, 3, 2


def randomize(tensors, generator):
    """Values that make every part matter: tokens, positions, biases and scales too."""
    for name, value in tensors.items():
        noise = torch.randn(value.shape, generator=generator)
        is_scale = "norm" in name and name.endswith("weight") or "gamma" in name or "lambda" in name
        value.copy_(0.3 * noise + (0.8 if is_scale else 0.0))


def timm_model(images, patch, **options):
    return VisionTransformer(
        img_size=tuple(images.shape[2:]), patch_size=patch, embed_dim=D, depth=DEPTH, num_heads=HEADS,
        num_classes=0, global_pool="token", **options
    ).eval()


def record(name, model, images, known=None):
    """The outputs of a timm model, and gradients of a loss that weighs each of them."""
    seen = {}
    model.blocks[0].register_forward_hook(lambda _, __, output: seen.update(auxiliary=output))
    tokens = model.forward_features(images)
    first = model.num_prefix_tokens
    outputs = {"cls": tokens[:, 0], "patches": tokens[:, first:], "auxiliary": seen["auxiliary"][:, first:]}
    for key, value in (known or {}).items():
        print(f"{name}: {key} differs from transformers' by {(value - outputs[key]).abs().max().item():.1e}")
        assert torch.allclose(value, outputs[key], atol=1e-5)
    generator = torch.Generator().manual_seed(2)
    weights = {f"weights.{key}": torch.randn(value.shape, generator=generator) for key, value in outputs.items()}
    sum((outputs[key] * weights[f"weights.{key}"]).sum() for key in outputs).backward()
    gradients = {f"gradients.{key}": value.grad for key, value in model.named_parameters() if key != "pos_embed"}
    tensors = {"images": images.permute(0, 2, 3, 1), **outputs, **weights, **gradients}
    save_file({key: value.detach().contiguous() for key, value in tensors.items()}, out / f"{name}.expected.safetensors")


def images(height, width):
    return torch.randn(2, 3, height, width, generator=torch.Generator().manual_seed(1))


def resized(positions, grid, **options):
    """Positions [1, 1 + g², D] with their patch part resized to a grid."""
    side = int((positions.shape[1] - 1) ** 0.5)
    patches = positions[:, 1:].reshape(1, side, side, -1).permute(0, 3, 1, 2)
    patches = F.interpolate(patches, mode="bicubic", align_corners=False, **options)
    assert tuple(patches.shape[2:]) == grid
    return torch.cat([positions[:, :1], patches.permute(0, 2, 3, 1).flatten(1, 2)], 1)


# AugReg: Google's names and layouts, read by timm itself.
generator = torch.Generator().manual_seed(0)
draw = lambda *shape: 0.3 * torch.randn(shape, generator=generator).numpy()
arrays = {
    "cls": draw(1, 1, D),
    "embedding/kernel": draw(8, 8, 3, D),
    "embedding/bias": draw(D),
    "Transformer/posembed_input/pos_embedding": draw(1, 17, D),
    "Transformer/encoder_norm/scale": 1 + draw(D),
    "Transformer/encoder_norm/bias": draw(D),
    "pre_logits/kernel": draw(D, D),
    "pre_logits/bias": draw(D),
    "head/kernel": draw(D, 5),
    "head/bias": draw(5),
}
for i in range(DEPTH):
    layer = f"Transformer/encoderblock_{i}"
    for norm in ("LayerNorm_0", "LayerNorm_2"):
        arrays |= {f"{layer}/{norm}/scale": 1 + draw(D), f"{layer}/{norm}/bias": draw(D)}
    for part in ("query", "key", "value"):
        arrays |= {f"{layer}/MultiHeadDotProductAttention_1/{part}/kernel": draw(D, HEADS, D // HEADS)}
        arrays |= {f"{layer}/MultiHeadDotProductAttention_1/{part}/bias": draw(HEADS, D // HEADS)}
    arrays |= {f"{layer}/MultiHeadDotProductAttention_1/out/kernel": draw(HEADS, D // HEADS, D)}
    arrays |= {f"{layer}/MultiHeadDotProductAttention_1/out/bias": draw(D)}
    arrays |= {f"{layer}/MlpBlock_3/Dense_0/kernel": draw(D, 4 * D), f"{layer}/MlpBlock_3/Dense_0/bias": draw(4 * D)}
    arrays |= {f"{layer}/MlpBlock_3/Dense_1/kernel": draw(4 * D, D), f"{layer}/MlpBlock_3/Dense_1/bias": draw(D)}
np.savez_compressed(out / "augreg.npz", **arrays)
x = images(32, 32)
model = timm_model(x, 8)
model.load_pretrained(str(out / "augreg.npz"))
record("augreg", model, x)

# DeiT III: LayerScale, and no position for the class token.
x = images(32, 32)
model = timm_model(x, 16, init_values=1.0, no_embed_class=True)
state = {name: value.clone() for name, value in model.state_dict().items()}
randomize(state, torch.Generator().manual_seed(3))
names = lambda name: name.replace("ls1.gamma", "gamma_1").replace("ls2.gamma", "gamma_2")
published = {"model": {names(name): value for name, value in state.items()}}
torch.save(published, out / "deit3.pth")
model.load_state_dict(vision_transformer.checkpoint_filter_fn(published, model, adapt_layer_scale=True))
record("deit3", model, x)

# DINOv2 on images of another size, its positions resized as its own program does: as if the grid were larger by 0.1.
grid, side = (5, 6), 4
x = images(14 * grid[0], 14 * grid[1])
model = timm_model(x, 14, init_values=1.0)
state = {name: value.clone() for name, value in model.state_dict().items()}
state["pos_embed"] = torch.zeros(1, 1 + side * side, D)
randomize(state, torch.Generator().manual_seed(4))
torch.save({**state, "mask_token": torch.zeros(1, D)}, out / "dinov2.pth")
offset = resized(state["pos_embed"], grid, scale_factor=tuple((cells + 0.1) / side for cells in grid))
model.load_state_dict({**state, "pos_embed": offset})
record("dinov2", model, x)

# DINOv2 as transformers has it: other names, positions resized plainly.
sizes = {"hidden_size": D, "num_hidden_layers": DEPTH, "num_attention_heads": HEADS, "patch_size": 14, "image_size": 14 * side}
hugging_face = Dinov2Model(Dinov2Config(**sizes)).eval()


def to_hugging_face(state, model):
    """A state dict under DINOv2's own names, put into transformers' model of today."""
    there = model.state_dict()
    for name in there:
        part = name.split(".")
        block = f"blocks.{part[2]}." if name.startswith("encoder.layer.") else ""
        kind = part[-1]
        qkv = {"q_proj": 0, "k_proj": 1, "v_proj": 2}
        outside = {
            "embeddings.cls_token": "cls_token",
            "embeddings.register_tokens": "register_tokens",
            "embeddings.position_embeddings": "pos_embed",
            "embeddings.patch_embeddings.projection": "patch_embed.proj",
            "layernorm": "norm",
        }
        if "mask_token" in name:
            continue
        if not block:
            key = next(value for start, value in outside.items() if name.startswith(start))
            there[name].copy_(state[key if key in state else f"{key}.{kind}"])
        elif part[-2] in qkv:
            there[name].copy_(state[f"{block}attn.qkv.{kind}"].chunk(3)[qkv[part[-2]]])
        elif "lambda1" in name:
            there[name].copy_(state[f"{block}ls{part[-2][-1]}.gamma"])
        else:
            there[name].copy_(state[block + {"attention": "attn.proj"}.get(part[3], ".".join(part[3:-1])) + f".{kind}"])
    model.load_state_dict(there)


def hugging_face_outputs(model, x, first):
    with torch.no_grad():
        tokens = model(x).last_hidden_state
    return {"cls": tokens[:, 0], "patches": tokens[:, first:]}


to_hugging_face(state, hugging_face)
# The names that files on the hub have, which older versions wrote.
older = lambda name: (
    name.replace("attention.q_proj", "attention.attention.query")
    .replace("attention.k_proj", "attention.attention.key")
    .replace("attention.v_proj", "attention.attention.value")
    .replace("attention.o_proj", "attention.output.dense")
)
save_file({older(name): value.clone() for name, value in hugging_face.state_dict().items()}, out / "dinov2-hf.safetensors")
model = timm_model(x, 14, init_values=1.0)
model.load_state_dict({**state, "pos_embed": resized(state["pos_embed"], grid, size=grid)})
record("dinov2-hf", model, x, hugging_face_outputs(hugging_face, x, 1))

# DINOv2 with registers, its positions resized with antialiasing; both to a larger and to a smaller grid.
for name, grid in {"dinov2-reg": (5, 6), "dinov2-reg-small": (2, 3)}.items():
    x = images(14 * grid[0], 14 * grid[1])
    sizes |= {"num_register_tokens": 3}
    hugging_face = Dinov2WithRegistersModel(Dinov2WithRegistersConfig(**sizes)).eval()
    with_registers = {**state, "register_tokens": 0.3 * torch.randn(1, 3, D, generator=torch.Generator().manual_seed(5))}
    to_hugging_face(with_registers, hugging_face)
    torch.save({**with_registers, "mask_token": torch.zeros(1, D)}, out / f"{name}.pth")
    model = timm_model(x, 14, init_values=1.0, no_embed_class=True, reg_tokens=3)
    positions = resized(state["pos_embed"], grid, size=grid, antialias=True)
    published = {**with_registers, "pos_embed": positions, "mask_token": torch.zeros(1, D)}
    model.load_state_dict(vision_transformer.checkpoint_filter_fn(published, model))
    record(name, model, x, hugging_face_outputs(hugging_face, x, 4))
(out / "dinov2-reg-small.pth").unlink()  # the same weights as dinov2-reg.pth
