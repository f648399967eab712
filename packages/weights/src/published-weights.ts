/** Weights that their authors publish. */
export interface PublishedWeights {
  /** Where they are. */
  url: string;
  /** Name of the backbone that they are for, as `@wsss/vit` and timm have it. */
  backbone: string;
  /** What they were trained on. */
  trainedOn: string;
  /** Mean IoU that was published for weakly supervised segmentation from them, and by whom; where we know of any. */
  results?: string;
}

const DEIT = 'https://dl.fbaipublicfiles.com/deit';
const TIMM = 'https://github.com/rwightman/pytorch-image-models/releases/download/v0.1-vitjx';
const AUGREG = 'https://storage.googleapis.com/vit_models/augreg';
const DINOV2 = 'https://dl.fbaipublicfiles.com/dinov2';

const plain = (file: string, trainedOn: string, backbone: string, results?: string): PublishedWeights => ({
  ...{ url: file, backbone, trainedOn },
  ...(results && { results }),
});
const deit = (name: string, hash: string, results?: string) =>
  [name, plain(`${DEIT}/${name}-${hash}.pth`, 'ImageNet-1k', name.replace('_distilled', ''), results)] as const;
const vit = (name: string, file: string, results?: string) =>
  [name, plain(`${TIMM}/${file}.pth`, 'ImageNet-21k, then ImageNet-1k', name, results)] as const;
const augreg = (backbone: string, file: string) =>
  [`${backbone}.augreg_in21k`, plain(`${AUGREG}/${file}-do_0.0-sd_0.0.npz`, 'ImageNet-21k', backbone)] as const;
const deit3 = (size: string, pixels: number) =>
  [
    [`${size}_patch16_${pixels}.fb_in1k`, `${size}_${pixels}_1k`, 'ImageNet-1k'],
    [`${size}_patch16_${pixels}.fb_in22k_ft_in1k`, `${size}_${pixels}_21k`, 'ImageNet-21k, then ImageNet-1k'],
  ].map(
    ([name, file, trainedOn]) =>
      [`deit3_${name}`, plain(`${DEIT}/deit_3_${file}.pth`, trainedOn!, `deit3_${size}_patch16_${pixels}`)] as const,
  );
const dinov2 = (size: string) =>
  ['', 'reg4_'].map(registers => {
    const backbone = `vit_${size}_patch14_${registers}dinov2`;
    const model = `dinov2_vit${size[0]}14`;
    return [
      `${backbone}.lvd142m`,
      plain(`${DINOV2}/${model}/${model}_${registers}pretrain.pth`, 'LVD-142M, without labels', backbone),
    ] as const;
  });

/**
 * Where the authors publish their weights, by timm's names for them. Where a file's name ends in eight digits, these begin its SHA-256;
 * the authors of the others state none. The results are mean IoU with scales and CRF; MCC's in its paper, ToCo's in its repository.
 */
export const publishedWeights: Readonly<Record<string, PublishedWeights>> = Object.fromEntries([
  deit('deit_tiny_patch16_224', 'a1311bcf'),
  deit('deit_small_patch16_224', 'cd65a155'),
  deit('deit_base_patch16_224', 'b5f2ef4d', 'MCC: VOC val 70.3, test 71.2, COCO val 42.3; ToCo: VOC val 69.8, test 70.5, COCO val 41.3'),
  deit('deit_base_patch16_384', '8de9b5d1'),
  deit('deit_tiny_distilled_patch16_224', 'b40b3cf7'),
  deit('deit_small_distilled_patch16_224', '649709d9'),
  deit('deit_base_distilled_patch16_224', 'df68dfff'),
  deit('deit_base_distilled_patch16_384', 'd0272ac0'),
  vit('vit_base_patch16_224', 'jx_vit_base_p16_224-80ecf9dd', 'ToCo, from a ViT-B of this name: VOC val 71.1, test 72.2, COCO val 42.2'),
  vit('vit_base_patch16_384', 'jx_vit_base_p16_384-83fb41ba'),
  vit('vit_large_patch16_224', 'jx_vit_large_p16_224-4ee7a4dc'),
  vit('vit_large_patch16_384', 'jx_vit_large_p16_384-b3be5167'),
  augreg('vit_tiny_patch16_224', 'Ti_16-i21k-300ep-lr_0.001-aug_none-wd_0.03'),
  augreg('vit_small_patch16_224', 'S_16-i21k-300ep-lr_0.001-aug_light1-wd_0.03'),
  augreg('vit_base_patch16_224', 'B_16-i21k-300ep-lr_0.001-aug_medium1-wd_0.1'),
  augreg('vit_base_patch8_224', 'B_8-i21k-300ep-lr_0.001-aug_medium1-wd_0.1'),
  ...deit3('small', 224),
  ...deit3('small', 384),
  ...deit3('medium', 224),
  ...deit3('base', 224),
  ...deit3('base', 384),
  ...deit3('large', 224),
  ...deit3('large', 384),
  ...['small', 'base', 'large'].flatMap(dinov2),
]);
