"""Records how PIL reads pictures, for the tests: `python tools/scripts/record-pictures.py fixtures/pictures`.

Needs pillow and numpy. Each case is a small file NAME in a form that PIL, or the script byte by byte, writes, and NAME.png: what PIL makes
of it as RGB, turned upright. The files are the same in each run of one version of pillow.
"""

import io
import struct
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

out = Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
WIDTH, HEIGHT = 37, 22
rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
random = np.random.default_rng(5)


def wave(a, b, c):
    noise = random.integers(-6, 7, (HEIGHT, WIDTH))
    return np.clip(128 + 110 * np.sin(columns / a + rows / b + c) + noise, 0, 255).astype(np.uint8)


colors = np.stack([wave(9, 7, 0), wave(5, 11, 1), wave(13, 6, 2)], -1)
rgb = Image.fromarray(colors, "RGB")
cmyk = Image.fromarray(np.concatenate([colors, wave(8, 8, 3)[..., None] // 2], -1), "CMYK")
few = rgb.quantize(11)


def file(picture, form, **options):
    content = io.BytesIO()
    picture.save(content, form, **options)
    return content.getvalue()


def without_adobe(jpeg):
    at = jpeg.index(b"\xff\xee")
    return jpeg[:at] + jpeg[at + 2 + struct.unpack(">H", jpeg[at + 2 : at + 4])[0] :]


def as_ycck(jpeg):
    """The same numbers, taken for luminance, two chrominances and black, as Photoshop stores them."""
    at = jpeg.index(b"\xff\xee") + 15
    return jpeg[:at] + b"\x02" + jpeg[at + 1 :]


turned = Image.Exif()
turned[0x112] = 6
cases = {
    "inks.jpg": file(cmyk, "JPEG", quality=92),
    "inks-halved.jpg": file(cmyk, "JPEG", quality=85, subsampling=2),
    "inks-progressive.jpg": file(cmyk, "JPEG", quality=90, progressive=True),
    "inks-turned.jpg": file(cmyk, "JPEG", quality=92, exif=turned),
    "inks-without-adobe.jpg": without_adobe(file(cmyk, "JPEG", quality=92)),
    "inks-ycck.jpg": as_ycck(file(cmyk, "JPEG", quality=92)),
    "inks.tif": file(cmyk, "TIFF", compression="tiff_lzw"),
    "gray.jpg": file(rgb.convert("L"), "JPEG", quality=90),
    "colors.jpg": file(rgb, "JPEG", quality=90),
    "colors-halved.jpg": file(rgb, "JPEG", quality=85, subsampling=2),
    "colors.tif": file(rgb, "TIFF", compression="tiff_lzw"),
    "colors.webp": file(rgb, "WEBP", quality=90),
    "palette.gif": file(few, "GIF"),
}


def bmp(header, bits, data, palette=b"", compression=0, masks=b"", height=HEIGHT, used=0):
    """A BMP file with a header of 12, 40, 108 or 124 bytes; masks lie in longer ones and behind that of 40."""
    if header == 12:
        info = struct.pack("<IHHHH", 12, WIDTH, height, 1, bits)
    else:
        info = struct.pack("<IiiHHIIiiII", header, WIDTH, height, 1, bits, compression, len(data), 2835, 2835, used, 0)
        info += masks if header == 40 else masks.ljust(header - 40, b"\0")
    start = 14 + len(info) + len(palette)
    return b"BM" + struct.pack("<IHHI", start + len(data), 0, 0, start) + info + palette + data


def lines(pixels, up=True):
    """Rows of bytes, from the bottom up, each filled to four bytes."""
    rows = [row.tobytes() for row in (pixels[::-1] if up else pixels)]
    return b"".join(row + b"\0" * (-len(row) % 4) for row in rows)


indices = np.asarray(few).astype(np.uint8)
palette = np.asarray(few.getpalette()[: 3 * 11], np.uint8).reshape(-1, 3)[:, ::-1]
padded = np.concatenate([palette, np.zeros((11, 1), np.uint8)], -1)
old_palette = np.zeros((16, 3), np.uint8)
old_palette[:11] = palette
even = np.pad(indices, ((0, 0), (0, WIDTH % 2)))
halves = (even[:, 0::2] << 4 | even[:, 1::2]).astype(np.uint8)
black_or_white = np.packbits(colors[..., 0] > 128, axis=1)
five = colors.astype(np.uint16) >> 3
six = colors[..., 1].astype(np.uint16) >> 2
alpha = wave(4, 4, 4)[..., None]
masks_of = {"565": (0xF800, 0x7E0, 0x1F), "xbgr": (0xFF000000, 0xFF0000, 0xFF00)}
fields = {name: struct.pack("<3I", *masks) for name, masks in masks_of.items()}


def runs(bits):
    """Each row as runs, its beginning as single indices; a step forward in place of index 0 at the end of the first row."""
    data = b""
    for row in indices[::-1]:
        single = row[:5]
        if bits == 8:
            data += b"\0\x05" + single.tobytes() + b"\0"
        else:
            data += b"\0\x04" + bytes([single[0] << 4 | single[1], single[2] << 4 | single[3]]) + bytes([1, single[4] << 4])
        for index in row[5:]:
            data += bytes([1, index if bits == 8 else index << 4])
        data += b"\0\0"
    return data + b"\0\1"


cases |= {
    "1-bit.bmp": bmp(40, 1, lines(black_or_white), bytes([10, 20, 30, 0, 200, 210, 220, 0])),
    "4-bits.bmp": bmp(40, 4, lines(halves), padded.tobytes(), used=11),
    "4-bits-old.bmp": bmp(12, 4, lines(halves), old_palette.tobytes()),
    "4-bits-runs.bmp": bmp(40, 4, runs(4), padded.tobytes(), compression=2, used=11),
    "8-bits.bmp": bmp(40, 8, lines(indices), padded.tobytes(), used=11),
    "8-bits-runs.bmp": bmp(40, 8, runs(8), padded.tobytes(), compression=1, used=11),
    "16-bits.bmp": bmp(40, 16, lines(five[..., 0] << 10 | five[..., 1] << 5 | five[..., 2])),
    "16-bits-565.bmp": bmp(40, 16, lines(five[..., 0] << 11 | six << 5 | five[..., 2]), compression=3, masks=fields["565"]),
    "24-bits.bmp": file(rgb, "BMP"),
    "24-bits-downward.bmp": bmp(40, 24, lines(colors[..., ::-1], up=False), height=-HEIGHT),
    "32-bits.bmp": bmp(40, 32, lines(np.concatenate([colors[..., ::-1], alpha], -1))),
    "32-bits-xbgr.bmp": bmp(40, 32, lines(np.concatenate([alpha, colors[..., ::-1]], -1)), compression=3, masks=fields["xbgr"]),
    "32-bits-version-5.bmp": bmp(
        124, 32, lines(np.concatenate([colors[..., ::-1], alpha], -1)), compression=3,
        masks=struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000),
    ),
}
for name, content in cases.items():
    (out / name).write_bytes(content)
    picture = Image.open(io.BytesIO(content))
    ImageOps.exif_transpose(picture).convert("RGB").save(out / f"{name}.png", optimize=True)
print(f"{len(cases)} pictures, pillow {Image.__version__}")
