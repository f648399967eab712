import { vocPalette } from '@wsss/datasets';
import { escapeHtml } from './page.js';

/** The page's color for the i-th of several things that are compared. */
export const seriesColor = (index: number) => `var(--s${index % 8})`;

/** The color of a label in masks. */
export const labelColor = (label: number) => `rgb(${[...vocPalette.subarray(3 * label, 3 * label + 3)].join()})`;

/** A name, as HTML, behind a small square of its color. */
export const colored = (name: string, color: string) => `<i style="background:${color}"></i>${escapeHtml(name)}`;
