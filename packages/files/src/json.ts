// The entry `@wsss/files/json`: JSON read with care, and text that is safe to show, anywhere JavaScript runs.
export { parseJson } from './parse-json.js';
export { visible } from './visible.js';
