export { describeEngines, type EngineReport, inspectEngines, type Runner } from './doctor.js';
export { type Engine, EngineError, type EngineName, type EngineOptions, engineNames } from './engine.js';
export { hostCall, withHostCalls } from './host-call.js';
export { type InstallOptions, installTensorFlow } from './install.js';
export { assertFits } from './memory.js';
export { startEngine } from './start.js';
export { type Traceable, type TracedFunction, type TraceInfo, type TraceOptions, trace } from './trace.js';
export { graphsByShape, TracedGraphs } from './traced-graphs.js';
