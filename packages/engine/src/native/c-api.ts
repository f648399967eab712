import { koffi, type LibraryHandle } from './koffi.js';

/** Types of C parameters and results: what koffi calls them. A pointer is an integer on the JavaScript side: addresses fit a double. */
const kinds = {
  pointer: 'intptr_t',
  /** Memory of JavaScript, valid during the call. */
  memory: 'void *',
  text: 'str',
  int: 'int',
  long: 'int64_t',
  size: 'size_t',
  byte: 'uchar',
  float: 'float',
  void: 'void',
  /** `TF_Output`, passed by value. */
  output: koffi.struct({ oper: 'intptr_t', index: 'int' }),
} as const;

interface Values {
  pointer: number;
  memory: NodeJS.ArrayBufferView | null;
  text: string;
  int: number;
  long: number;
  size: number;
  byte: number;
  float: number;
  // biome-ignore lint/suspicious/noConfusingVoidType: the result of C functions without one
  void: void;
  output: Output;
}

/** One output of a node of a graph (`TF_Output`). */
export interface Output {
  oper: number;
  index: number;
}

type Kind = keyof typeof kinds;
type Signature = readonly [Kind, ...Kind[]];
type Arguments<S> = S extends readonly [Kind, ...infer Rest extends readonly Kind[]] ? { [I in keyof Rest]: Values[Rest[I]] } : never;
type Functions<T extends Record<string, Signature>> = {
  readonly [Name in keyof T]: (...args: Arguments<T[Name]>) => Values[T[Name][0]];
};

/** TensorFlow's functions in use: result, then parameters (tensorflow/c: c_api*.h, tf_tensor.h, tf_tstring.h, eager/c_api*.h). */
const tensorflow = {
  TF_Version: ['text'],
  TF_NewStatus: ['pointer'],
  TF_GetCode: ['int', 'pointer'],
  TF_Message: ['text', 'pointer'],
  TF_DeleteStatus: ['void', 'pointer'],
  TF_AllocateTensor: ['pointer', 'int', 'memory', 'int', 'size'],
  TF_TensorData: ['pointer', 'pointer'],
  TF_TensorByteSize: ['size', 'pointer'],
  TF_DeleteTensor: ['void', 'pointer'],
  TF_StringInit: ['void', 'pointer'],
  TF_StringCopy: ['void', 'pointer', 'memory', 'size'],
  TF_StringGetDataPointer: ['pointer', 'pointer'],
  TF_StringGetSize: ['size', 'pointer'],
  TF_NewBuffer: ['pointer'],
  TF_DeleteBuffer: ['void', 'pointer'],
  TFE_NewContextOptions: ['pointer'],
  TFE_ContextOptionsSetConfig: ['void', 'pointer', 'memory', 'size', 'pointer'],
  TFE_DeleteContextOptions: ['void', 'pointer'],
  TFE_NewContext: ['pointer', 'pointer', 'pointer'],
  TFE_DeleteContext: ['void', 'pointer'],
  TFE_ContextListDevices: ['pointer', 'pointer', 'pointer'],
  TFE_ContextAddFunction: ['void', 'pointer', 'pointer', 'pointer'],
  TFE_ContextRemoveFunction: ['void', 'pointer', 'text', 'pointer'],
  TF_DeviceListCount: ['int', 'pointer'],
  TF_DeviceListName: ['text', 'pointer', 'int', 'pointer'],
  TF_DeviceListType: ['text', 'pointer', 'int', 'pointer'],
  TF_DeleteDeviceList: ['void', 'pointer'],
  TFE_NewTensorHandle: ['pointer', 'pointer', 'pointer'],
  TFE_DeleteTensorHandle: ['void', 'pointer'],
  TFE_TensorHandleResolve: ['pointer', 'pointer', 'pointer'],
  TFE_TensorHandleCopyToDevice: ['pointer', 'pointer', 'pointer', 'pointer', 'pointer'],
  TFE_TensorHandleCopySharingTensor: ['pointer', 'pointer', 'pointer'],
  TFE_TensorHandleDataType: ['int', 'pointer'],
  TFE_TensorHandleNumDims: ['int', 'pointer', 'pointer'],
  TFE_TensorHandleDim: ['long', 'pointer', 'int', 'pointer'],
  TFE_NewOp: ['pointer', 'pointer', 'pointer', 'pointer'],
  TFE_OpReset: ['void', 'pointer', 'pointer', 'pointer', 'pointer'],
  TFE_DeleteOp: ['void', 'pointer'],
  TFE_OpAddInput: ['void', 'pointer', 'pointer', 'pointer'],
  TFE_Execute: ['void', 'pointer', 'memory', 'memory', 'pointer'],
  TF_NewGraph: ['pointer'],
  TF_DeleteGraph: ['void', 'pointer'],
  TF_NewOperation: ['pointer', 'pointer', 'text', 'text'],
  TF_FinishOperation: ['pointer', 'pointer', 'pointer'],
  TF_AddInput: ['void', 'pointer', 'output'],
  TF_AddControlInput: ['void', 'pointer', 'pointer'],
  TF_AddInputList: ['void', 'pointer', 'memory', 'int'],
  TF_SetAttrShape: ['void', 'pointer', 'text', 'memory', 'int'],
  TF_SetAttrTensor: ['void', 'pointer', 'text', 'pointer', 'pointer'],
  TF_OperationOutputType: ['int', 'output'],
  TF_GraphGetTensorNumDims: ['int', 'pointer', 'output', 'pointer'],
  TF_GraphGetTensorShape: ['void', 'pointer', 'output', 'memory', 'int', 'pointer'],
  TF_GraphGetOpDef: ['void', 'pointer', 'text', 'pointer', 'pointer'],
  TF_GraphToFunction: [
    'pointer',
    'pointer',
    'text',
    'byte',
    'int',
    'memory',
    'int',
    'memory',
    'int',
    'memory',
    'memory',
    'pointer',
    'text',
    'pointer',
  ],
  TF_DeleteFunction: ['void', 'pointer'],
} as const satisfies Record<string, Signature>;

/**
 * The functions that set attributes, `TFE_OpSetAttr…` of operations and `TF_SetAttr…` of nodes: target, name in C memory, value; lists and
 * strings with their length.
 */
const attributeSetters = {
  Type: ['void', 'pointer', 'pointer', 'int'],
  Bool: ['void', 'pointer', 'pointer', 'byte'],
  Int: ['void', 'pointer', 'pointer', 'long'],
  IntList: ['void', 'pointer', 'pointer', 'memory', 'int'],
  Float: ['void', 'pointer', 'pointer', 'float'],
  String: ['void', 'pointer', 'pointer', 'memory', 'size'],
} as const;

export type AttributeSetters = Functions<typeof attributeSetters>;

/** TensorFlow's C API. */
export type CApi = Functions<typeof tensorflow> & {
  /** Of an operation that will be executed. */
  readonly operationAttribute: AttributeSetters;
  /** Of a node that is being added to a graph. */
  readonly nodeAttribute: AttributeSetters;
  /** `TFE_Execute` on a thread of koffi's. Its memory must be C's own: the collector may move JavaScript's. */
  readonly executeOnThread: {
    async(op: number, results: number, count: number, status: number, done: (error: Error | null) => void): void;
  };
};

/** Opens TensorFlow's library, which has been loaded already. */
export function openCApi(file: string): CApi {
  const library = koffi.load(file);
  return {
    ...declare(library, tensorflow),
    operationAttribute: declare(library, attributeSetters, 'TFE_OpSetAttr'),
    nodeAttribute: declare(library, attributeSetters, 'TF_SetAttr'),
    executeOnThread: library.func('TFE_Execute', 'void', ['intptr_t', 'intptr_t', 'intptr_t', 'intptr_t']),
  };
}

/** Declares functions of a library, whose names there may have a prefix. */
export function declare<T extends Record<string, Signature>>(library: LibraryHandle, functions: T, prefix = ''): Functions<T> {
  const declared = Object.entries(functions).map(([name, [result, ...parameters]]) => {
    const types = parameters.map(kind => kinds[kind]);
    return [name, library.func(prefix + name, kinds[result], types)];
  });
  return Object.fromEntries(declared) as Functions<T>;
}
