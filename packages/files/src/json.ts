// The entry `@wsss/files/json`: JSON read with care, anywhere JavaScript runs.
export { parseJson } from './parse-json.js';
