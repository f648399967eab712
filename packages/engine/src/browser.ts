// The entry `@wsss/engine/browser`: engines of a page or of its workers.
export { type BrowserEngine, type BrowserEngineName, type BrowserEngineOptions, browserEngineNames } from './browser/engine.js';
export { type BrowserEngineReport, inspectEngines } from './browser/inspect.js';
export { startEngine } from './browser/start.js';
export { EngineError } from './engine.js';
export { assertFits } from './memory.js';
