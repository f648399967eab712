export { type Engine, EngineError, type EngineName, type EngineOptions, engineNames } from './engine.js';
export { assertFits } from './memory.js';
export { startEngine } from './start.js';
