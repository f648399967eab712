import type { ElementType } from '@wsss/numpy';

/** How the elements of a storage or tensor are stored. */
export interface TorchType {
  /** PyTorch's name, such as `torch.float16` or `torch.ComplexFloatStorage`. */
  name: string;
  /** Bytes of an element. */
  bytes: number;
  /** Absent for numbers that are not read: complex and quantized ones. */
  type?: ElementType;
}

const readable: [storage: string, dtypes: string, type: ElementType, bytes: number][] = [
  ['Double', 'float64 double', 'f64', 8],
  ['Float', 'float32 float', 'f32', 4],
  ['Half', 'float16 half', 'f16', 2],
  ['BFloat16', 'bfloat16', 'bf16', 2],
  ['Long', 'int64 long', 'i64', 8],
  ['Int', 'int32 int', 'i32', 4],
  ['Short', 'int16 short', 'i16', 2],
  ['Char', 'int8', 'i8', 1],
  ['Byte', 'uint8', 'u8', 1],
  ['Bool', 'bool', 'bool', 1],
  ['', 'uint16', 'u16', 2],
  ['', 'uint32', 'u32', 4],
  ['', 'uint64', 'u64', 8],
  ['', 'float8_e4m3fn', 'f8_e4m3', 1],
  ['', 'float8_e5m2', 'f8_e5m2', 1],
  ['', 'float8_e4m3fnuz', 'f8_e4m3fnuz', 1],
  ['', 'float8_e5m2fnuz', 'f8_e5m2fnuz', 1],
];

const others: [storage: string, dtypes: string, bytes: number][] = [
  ['ComplexFloat', 'complex64 cfloat', 8],
  ['ComplexDouble', 'complex128 cdouble', 16],
  ['', 'complex32 chalf', 4],
  ['QUInt8', 'quint8', 1],
  ['QInt8', 'qint8', 1],
  ['QInt32', 'qint32', 4],
  ['QUInt4x2', 'quint4x2', 1],
  ['QUInt2x4', 'quint2x4', 1],
  ['', 'float8_e8m0fnu', 1],
  ['', 'float4_e2m1fn_x2', 1],
];

/** Classes of storages by their full name. Elements of an `UntypedStorage` are bytes. */
export const storageTypes: ReadonlyMap<string, TorchType> = new Map([
  ...[...readable, ...others]
    .filter(([storage]) => storage)
    .map(row => [`torch.${row[0]}Storage`, torchType(`torch.${row[0]}Storage`, row)] as const),
  ['torch.storage.UntypedStorage', { name: 'torch.storage.UntypedStorage', bytes: 1, type: 'u8' }],
]);

/** PyTorch's dtypes by their full name. */
export const dtypes: ReadonlyMap<string, TorchType> = new Map(
  [...readable, ...others].flatMap(row =>
    row[1].split(' ').map(name => [`torch.${name}`, torchType(`torch.${row[1].split(' ')[0]}`, row)] as const),
  ),
);

function torchType(name: string, row: (typeof readable)[number] | (typeof others)[number]): TorchType {
  return row.length === 4 ? { name, type: row[2], bytes: row[3] } : { name, bytes: row[2] };
}
