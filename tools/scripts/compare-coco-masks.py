# Label maps of COCO's instance annotations as COCO's own tools rasterize them; called by compare-coco-masks.mjs. Needs pycocotools.
#   python3 compare-coco-masks.py instances_train2017.json [voc12]
# Prints a line an image: width, height, the labels compressed by zlib in base64, file name.
import base64
import json
import sys
import zlib

import numpy as np
from pycocotools import mask as coco_mask

# Category ids of the classes of VOC, in VOC's order.
VOC12 = [5, 2, 16, 9, 44, 6, 3, 17, 62, 21, 67, 18, 19, 4, 1, 64, 20, 63, 7, 72]

with open(sys.argv[1]) as file:
    instances = json.load(file)
order = VOC12 if sys.argv[2:] == ["voc12"] else sorted(category["id"] for category in instances["categories"])
annotations = {}
for annotation in instances["annotations"]:
    annotations.setdefault(annotation["image_id"], []).append(annotation)

for image in instances["images"]:
    height, width = image["height"], image["width"]
    labels = np.zeros((height, width), np.uint8)
    for annotation in annotations.get(image["id"], []):
        segmentation = annotation["segmentation"]
        if isinstance(segmentation, list):
            # Where the first part has four numbers all are boxes; else all are polygons, as the tools have it.
            parts = np.array(segmentation, np.float64) if len(segmentation[0]) == 4 else segmentation
            runs = coco_mask.merge(coco_mask.frPyObjects(parts, height, width))
        elif isinstance(segmentation["counts"], list):
            runs = coco_mask.frPyObjects(segmentation, height, width)
        else:
            runs = segmentation
        category = annotation["category_id"]
        label = order.index(category) + 1 if category in order else 255
        labels[(labels == 0) & (coco_mask.decode(runs) > 0)] = label
    print(width, height, base64.b64encode(zlib.compress(labels.tobytes())).decode(), image["file_name"])
