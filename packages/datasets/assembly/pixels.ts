// Pixels are three bytes, red green blue. All addresses come from the caller, which leaves 16 bytes free after every buffer: vectors may
// read and write that far beyond its end.

/** Four bytes from an address as four integers: a pixel, and the first byte of the next. */
// @ts-ignore: decorator
@inline export function pixelAt(address: usize): v128 {
  return i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load_zero<u32>(address)));
}

/** Four integers as bytes, clamped to 0 … 255, to an address; the fourth is overwritten by the next pixel. */
// @ts-ignore: decorator
@inline export function storePixel(address: usize, value: v128): void {
  const short = i16x8.narrow_i32x4_s(value, value);
  v128.store_lane<u32>(address, i8x16.narrow_i16x8_u(short, short), 0);
}

// @ts-ignore: decorator
@inline export function reds(bytes: v128): v128 {
  return i8x16.swizzle(bytes, i8x16(0, -1, -1, -1, 3, -1, -1, -1, 6, -1, -1, -1, 9, -1, -1, -1));
}
// @ts-ignore: decorator
@inline export function greens(bytes: v128): v128 {
  return i8x16.swizzle(bytes, i8x16(1, -1, -1, -1, 4, -1, -1, -1, 7, -1, -1, -1, 10, -1, -1, -1));
}
// @ts-ignore: decorator
@inline export function blues(bytes: v128): v128 {
  return i8x16.swizzle(bytes, i8x16(2, -1, -1, -1, 5, -1, -1, -1, 8, -1, -1, -1, 11, -1, -1, -1));
}

/** Four pixels from their reds, greens and blues (0 … 255) to an address: twelve bytes, not one more. */
// @ts-ignore: decorator
@inline export function storeFour(address: usize, red: v128, green: v128, blue: v128): void {
  const words = v128.or(red, v128.or(i32x4.shl(green, 8), i32x4.shl(blue, 16)));
  const packed = i8x16.swizzle(words, i8x16(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1));
  v128.store_lane<u64>(address, packed, 0);
  v128.store_lane<u32>(address + 8, packed, 2);
}

/** Brightness by ITU-R 601 in 16 binary places. */
// @ts-ignore: decorator
@inline export function lumas(red: v128, green: v128, blue: v128): v128 {
  const sum = i32x4.add(i32x4.mul(red, i32x4.splat(19595)), i32x4.mul(green, i32x4.splat(38470)));
  return i32x4.shr_s(i32x4.add(i32x4.add(sum, i32x4.mul(blue, i32x4.splat(7471))), i32x4.splat(0x8000)), 16);
}
