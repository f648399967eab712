import { element } from '../page/elements.js';
import { paint, patchesToPixels } from '../pictures/paint.js';
import type { SeenMechanism } from '../worker/messages.js';

/** The local views of a picture: what each shows, its flag, and how much it is like the teacher's two global views. */
export function showLocalViews(box: HTMLElement, { views, picture, grid, after }: SeenMechanism): void {
  const figures = views.map((view, i) => {
    const canvas = element('canvas', { role: 'img', ariaLabel: `Local view ${i + 1}: ${view.visible} patches are visible` });
    const hidden = patchesToPixels(view.hidden, grid, picture);
    paint(canvas, picture, pixel => [128, 128, 128, 0.86 * hidden[pixel]!]);
    const logits = after.logits.map(row => row[2 + i]!.toFixed(2)).join(' and ');
    const sum = `importance ${view.importance.toFixed(0)}, needed ${view.threshold.toFixed(1)}`;
    const flag = element('span', { className: view.positive ? 'positive' : '', textContent: view.positive ? 'positive' : 'negative' });
    return element('figure', {}, canvas, element('figcaption', {}, flag, element('br'), sum, element('br'), `logits ${logits}`));
  });
  box.replaceChildren(...figures);
}
