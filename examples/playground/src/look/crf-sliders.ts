import type { CrfSettings } from '@wsss/crf';
import { element } from '../page/elements.js';

/** What can be told of the CRF: name, least, most, step, first value. */
const knobs = {
  sigmaXy: ['distance', 1, 160, 1, 40],
  sigmaRgb: ['color', 1, 60, 1, 10],
  weight: ['weight', 0, 20, 0.5, 4],
  smooth: ['smoothness', 0, 10, 0.5, 1],
  iterations: ['iterations', 1, 20, 1, 10],
} as const;

/** The sliders of the CRF. @returns its settings, as they are set */
export function crfSliders(box: HTMLElement, changed: () => void): () => CrfSettings {
  const inputs = Object.entries(knobs).map(([name, [title, min, max, step, value]]) => {
    const output = element('output', { value: String(value) });
    const input = element('input', { type: 'range', min: `${min}`, max: `${max}`, step: `${step}`, value: `${value}`, id: `crf-${name}` });
    input.addEventListener('input', () => {
      output.value = input.value;
      changed();
    });
    box.append(element('label', { className: 'slider' }, title, input, output));
    return [name, input] as const;
  });
  return () => {
    const { sigmaXy, sigmaRgb, weight, smooth, iterations } = Object.fromEntries(
      inputs.map(([name, input]) => [name, Number(input.value)]),
    ) as Record<keyof typeof knobs, number>;
    return {
      bilateral: weight > 0 ? { sigmaXy, sigmaRgb, compatibility: weight } : null,
      gaussian: smooth > 0 ? { sigmaXy: 1, compatibility: smooth } : null,
      iterations,
    };
  };
}
