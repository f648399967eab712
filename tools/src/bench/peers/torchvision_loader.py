"""A PyTorch data loader that makes the training samples of `mcc bench data`: three views of each image with PIL and torchvision.

    pip install torch torchvision pillow
    mcc bench data --peer "python3 tools/src/bench/peers/torchvision_loader.py"

It is started with: LIST --crop N --batch N --workers N --samples N --warm-up N. LIST is a file of image paths, one a line.
It prints one JSON line. The augmentation is that of Masked Collaborative Contrast; views stay bytes, as in our loader.
"""
import argparse
import json
import random
import resource
import time

import numpy as np
import PIL
import torch
import torchvision
from PIL import Image, ImageFilter, ImageOps
from torchvision import transforms as T


def photometric(blur, solarize=0.0):
    jitter = T.RandomApply([T.ColorJitter(0.4, 0.4, 0.2, 0.1)], p=0.8)
    gray = T.RandomGrayscale(p=0.2)

    def change(image):
        image = gray(jitter(image))
        if random.random() < blur:
            image = image.filter(ImageFilter.GaussianBlur(random.uniform(0.1, 2.0)))
        if random.random() < solarize:
            image = ImageOps.solarize(image)
        return image

    return change


class Views(torch.utils.data.Dataset):
    def __init__(self, paths, crop, length):
        self.paths, self.crop, self.length = paths, crop, length
        self.mirror = T.RandomHorizontalFlip(0.5)
        self.view1, self.view2, self.local = photometric(1.0), photometric(0.1, 0.2), photometric(0.5)
        self.resized = T.RandomResizedCrop(crop, scale=(0.4, 1.0), interpolation=T.InterpolationMode.BICUBIC)

    def __len__(self):
        return self.length

    def training_crop(self, image):
        factor = random.uniform(0.5, 2.0)
        image = image.resize((int(image.width * factor), int(image.height * factor)), Image.BILINEAR)
        image = self.mirror(image)
        width, height = max(self.crop, image.width), max(self.crop, image.height)
        canvas = Image.new("RGB", (width, height))
        canvas.paste(image, (random.randint(0, width - image.width), random.randint(0, height - image.height)))
        left, top = random.randint(0, width - self.crop), random.randint(0, height - self.crop)
        return canvas.crop((left, top, left + self.crop, top + self.crop))

    def __getitem__(self, index):
        image = Image.open(self.paths[index % len(self.paths)]).convert("RGB")
        crop = self.training_crop(image)
        views = self.view1(self.mirror(crop)), self.view2(self.mirror(self.resized(image))), self.local(self.mirror(crop))
        return tuple(torch.from_numpy(np.array(view)) for view in views)


def cpu_seconds():
    return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("list")
    for name in ("crop", "batch", "workers", "samples", "warm-up"):
        parser.add_argument(f"--{name}", type=int, required=True)
    options = parser.parse_args()
    torch.set_num_threads(1)
    before_all = cpu_seconds()  # starting Python is not counted
    with open(options.list, encoding="utf8") as file:
        paths = [line.strip() for line in file if line.strip()]
    dataset = Views(paths, options.crop, options.warm_up + options.samples)
    loader = torch.utils.data.DataLoader(dataset, batch_size=options.batch, num_workers=options.workers)
    seen, start = 0, 0.0
    for views in loader:
        seen += len(views[0])
        if not start and seen >= options.warm_up:
            start, before = time.perf_counter(), seen
    seconds = time.perf_counter() - start
    del loader
    print(
        json.dumps(
            {
                "loader": f"torchvision {torchvision.__version__}, PIL {PIL.__version__}, torch {torch.__version__}",
                "samplesPerSecond": (seen - before) / seconds,
                "cpuMilliseconds": 1000 * (cpu_seconds() - before_all) / seen,
            }
        )
    )


if __name__ == "__main__":
    main()
