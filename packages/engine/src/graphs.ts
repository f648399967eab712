// The entry `@wsss/engine/graphs`: traced graphs and host calls, anywhere JavaScript runs. Where an engine cannot trace, functions run as
// they are.
export { hostCall, withHostCalls } from './host-call.js';
export { assertFits } from './memory.js';
export { type Traceable, type TracedFunction, type TraceInfo, type TraceOptions, trace } from './trace.js';
export { graphsByShape, TracedGraphs } from './traced-graphs.js';
