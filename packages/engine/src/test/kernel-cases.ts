import { gradientCases } from './gradient-cases.js';
import { imageCases } from './image-cases.js';
import type { KernelCase } from './kernel-case.js';
import { plainCases } from './plain-cases.js';

/** All of them, one for each operation and one for each gradient. */
export const kernelCases: KernelCase[] = [...gradientCases, ...imageCases, ...plainCases];
