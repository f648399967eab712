/** Sizes of a plain vision transformer. */
export interface VisionTransformerConfig {
  /** Side of the square images that the positional embedding was made for, in pixels. Other sizes are encoded with it resized. */
  imageSize: number;
  /** Side of a square patch, in pixels. */
  patchSize: number;
  /** Size of a token, D. */
  embedSize: number;
  /** Number of blocks. */
  depth: number;
  /** Number of attention heads; must divide `embedSize`. */
  heads: number;
  /** Hidden size of a block's MLP, as a multiple of D. Default 4. */
  mlpRatio?: number;
  /** ε of the layer norms. Default 1e-6. */
  epsilon?: number;
  /** Block whose output is the auxiliary one; negative counts from the end (−1 = last). Default −3. */
  auxiliaryBlock?: number;
  /** Whether a block's attention and MLP are scaled channel by channel before they are added (CaiT, DeiT III, DINOv2). Default false. */
  layerScale?: boolean;
  /** Register tokens, which attend and are attended to as the CLS token is, and are no patches (Darcet et al. 2024). Default 0. */
  registers?: number;
  /** How positions are resized to images of another size, see {@link PositionResizing}. Default `bicubic`. */
  positionResizing?: PositionResizing;
}

/**
 * How weights want their positions resized: `bicubic`, as DeiT and MCC do; `offset`, as DINOv2 without registers does, as if the grid were
 * a tenth of a patch larger than it is; `antialiased`, as DINOv2 with registers and timm do.
 */
export type PositionResizing = 'bicubic' | 'offset' | 'antialiased';

/** The sizes with defaults filled in. @throws Error naming the size that cannot be. */
export function checkConfig(config: VisionTransformerConfig): Required<VisionTransformerConfig> {
  const { mlpRatio = 4, epsilon = 1e-6, auxiliaryBlock = -3, layerScale = false, registers = 0, positionResizing = 'bicubic' } = config;
  const full = { ...config, mlpRatio, epsilon, auxiliaryBlock, layerScale, registers, positionResizing };
  for (const key of ['imageSize', 'patchSize', 'embedSize', 'depth', 'heads'] as const)
    if (!Number.isInteger(full[key]) || full[key] < 1)
      throw new Error(`vision transformer: ${key} must be a positive integer, got ${full[key]}`);
  if (full.imageSize % full.patchSize)
    throw new Error(`vision transformer: imageSize ${full.imageSize} is not a multiple of patchSize ${full.patchSize}`);
  if (full.embedSize % full.heads)
    throw new Error(`vision transformer: embedSize ${full.embedSize} is not a multiple of heads ${full.heads}`);
  if (!(mlpRatio > 0 && mlpRatio < Number.POSITIVE_INFINITY))
    throw new Error(`vision transformer: mlpRatio must be a positive number, got ${mlpRatio}`);
  if (!(epsilon >= 0)) throw new Error(`vision transformer: epsilon must be at least 0, got ${epsilon}`);
  if (!Number.isInteger(registers) || registers < 0)
    throw new Error(`vision transformer: registers must be an integer of at least 0, got ${registers}`);
  const { depth } = full;
  if (!Number.isInteger(auxiliaryBlock) || auxiliaryBlock >= depth || auxiliaryBlock < -depth)
    throw new Error(`vision transformer: auxiliaryBlock ${auxiliaryBlock} does not exist among ${depth} blocks`);
  return full;
}
