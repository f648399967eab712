"""A plain PyTorch forward of the shapes that `mcc bench eval` computes: encoder, decoder and resizing, at each scale with the mirror image.

    pip install torch
    mcc bench eval --peer "python3 tools/src/bench/peers/torch_forward.py"

It is started with: --backbone NAME --width N --height N --scales A,B,C --threads N --iters N, and prints one JSON line.
Attention is computed as the authors' program does; `--attention fused` takes PyTorch's own scaled_dot_product_attention.
"""
import argparse
import json
import resource
import statistics
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

SIZES = {"tiny": (192, 3), "small": (384, 6), "base": (768, 12)}
CLASSES = 21


class Block(nn.Module):
    def __init__(self, size, heads, fused):
        super().__init__()
        self.heads, self.fused = heads, fused
        self.norm1, self.norm2 = nn.LayerNorm(size, eps=1e-6), nn.LayerNorm(size, eps=1e-6)
        self.qkv, self.proj = nn.Linear(size, 3 * size), nn.Linear(size, size)
        self.fc1, self.fc2 = nn.Linear(size, 4 * size), nn.Linear(4 * size, size)

    def forward(self, x):
        batch, length, size = x.shape
        q, k, v = self.qkv(self.norm1(x)).reshape(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        if self.fused:
            mixed = F.scaled_dot_product_attention(q, k, v)
        else:
            mixed = (q @ k.transpose(-2, -1) * (size // self.heads) ** -0.5).softmax(-1) @ v
        x = x + self.proj(mixed.transpose(1, 2).reshape(batch, length, size))
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))


class Network(nn.Module):
    def __init__(self, size, heads, fused):
        super().__init__()
        self.patches = nn.Conv2d(3, size, 16, 16)
        self.cls = nn.Parameter(torch.zeros(1, 1, size))
        self.position = nn.Parameter(torch.zeros(1, size, 14, 14))
        self.blocks = nn.Sequential(*(Block(size, heads, fused) for _ in range(12)))
        self.norm = nn.LayerNorm(size, eps=1e-6)
        self.decoder = nn.Sequential(
            nn.Conv2d(size, 512, 3, padding=5, dilation=5, bias=False),
            nn.ReLU(),
            nn.Conv2d(512, 512, 3, padding=5, dilation=5, bias=False),
            nn.ReLU(),
            nn.Conv2d(512, CLASSES, 1, bias=False),
        )

    def forward(self, images):
        grid = self.patches(images)
        batch, size, rows, columns = grid.shape
        position = F.interpolate(self.position, (rows, columns), mode="bicubic", align_corners=False)
        tokens = torch.cat([self.cls.expand(batch, -1, -1), (grid + position).flatten(2).transpose(1, 2)], 1)
        tokens = self.norm(self.blocks(tokens))[:, 1:]
        return self.decoder(tokens.transpose(1, 2).reshape(batch, size, rows, columns))


def segment(network, image, scales):
    size, fused = image.shape[-2:], None
    for scale in scales:
        height, width = int(size[0] * scale), int(size[1] * scale)
        scaled = F.interpolate(image, (height, width), mode="bilinear", align_corners=False) if scale != 1 else image
        logits = F.interpolate(network(torch.cat([scaled, scaled.flip(-1)])), size, mode="bilinear", align_corners=False)
        both = logits[:1] + logits[1:].flip(-1)
        fused = both if fused is None else torch.maximum(fused, both)
    return fused.argmax(1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--backbone", default="deit_tiny")
    parser.add_argument("--width", type=int, default=500)
    parser.add_argument("--height", type=int, default=375)
    parser.add_argument("--scales", default="1,1.5,1.25")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--iters", type=int, default=5)
    parser.add_argument("--attention", choices=["plain", "fused"], default="plain")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    network = Network(*SIZES[options.backbone.split("_")[1]], options.attention == "fused").eval()
    scales = [float(scale) for scale in options.scales.split(",")]
    seconds = []
    with torch.inference_mode():
        for _ in range(options.iters + 1):
            image = torch.randn(1, 3, options.height, options.width)
            start = time.perf_counter()
            segment(network, image, scales)
            seconds.append(time.perf_counter() - start)
    seconds = seconds[1:]
    print(json.dumps({
        "median_s": statistics.median(seconds),
        "min_s": min(seconds),
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }))


main()
