export { isUnfinished, linkAtomically, writeAtomically } from './atomic-write.js';
export { FolderLock, LockLostError } from './folder-lock.js';
export { makeFolder } from './make-folder.js';
export { parseJson } from './parse-json.js';
export { isRunning, type ProcessIdentity, thisProcess } from './process-identity.js';
export { placeInside, ResultFolder } from './result-folder.js';
export { classFileNames, resultName, resultNames } from './result-names.js';
export { describeError, isDiskFull, reasonOf, systemCode } from './system-errors.js';
export { visible } from './visible.js';
