export { chooseDevice, type DeviceShare } from './choose-device.js';
export { type AllReduceOptions, type Communicator, type JoinOptions, joinJob, type Numbers, shardOf } from './communicator.js';
export { exchange } from './exchange.js';
export { detectLaunch, type Launch, type MpiInterface } from './launcher.js';
export { reduceGradients } from './reduce-gradients.js';
export { reduceValues } from './reduce-values.js';
export { SingleProcess } from './single-process.js';
export { DivergedError, verifyEqual } from './verify-equal.js';
