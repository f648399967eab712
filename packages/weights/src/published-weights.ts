import { homedir } from 'node:os';
import { join } from 'node:path';

const DEIT = 'https://dl.fbaipublicfiles.com/deit';
const TIMM = 'https://github.com/rwightman/pytorch-image-models/releases/download/v0.1-vitjx';

/** Where the authors publish their weights. The eight digits in a file's name begin its SHA-256. */
export const publishedWeights: Readonly<Record<string, string>> = {
  deit_tiny_patch16_224: `${DEIT}/deit_tiny_patch16_224-a1311bcf.pth`,
  deit_small_patch16_224: `${DEIT}/deit_small_patch16_224-cd65a155.pth`,
  deit_base_patch16_224: `${DEIT}/deit_base_patch16_224-b5f2ef4d.pth`,
  deit_base_patch16_384: `${DEIT}/deit_base_patch16_384-8de9b5d1.pth`,
  deit_tiny_distilled_patch16_224: `${DEIT}/deit_tiny_distilled_patch16_224-b40b3cf7.pth`,
  deit_small_distilled_patch16_224: `${DEIT}/deit_small_distilled_patch16_224-649709d9.pth`,
  deit_base_distilled_patch16_224: `${DEIT}/deit_base_distilled_patch16_224-df68dfff.pth`,
  deit_base_distilled_patch16_384: `${DEIT}/deit_base_distilled_patch16_384-d0272ac0.pth`,
  vit_base_patch16_224: `${TIMM}/jx_vit_base_p16_224-80ecf9dd.pth`,
  vit_base_patch16_384: `${TIMM}/jx_vit_base_p16_384-83fb41ba.pth`,
  vit_large_patch16_224: `${TIMM}/jx_vit_large_p16_224-4ee7a4dc.pth`,
  vit_large_patch16_384: `${TIMM}/jx_vit_large_p16_384-b3be5167.pth`,
};

/** The digits of a SHA-256 that a file's name states, as PyTorch's hub names files: `deit_base_patch16_224-b5f2ef4d.pth`. */
export function hashInName(name: string): string | undefined {
  return /-([0-9a-f]{8,64})\.[a-z]+$/.exec(name)?.[1];
}

/** Where fetched weights are kept: `~/.cache/wsss/weights`, or below `$XDG_CACHE_HOME`. */
export function weightsFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'wsss', 'weights');
}
