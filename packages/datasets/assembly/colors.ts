import { blues, greens, lumas, reds, storeFour } from './pixels';

/** degenerate + factor · (value − degenerate) in single precision, rounded towards 0 and clamped to a byte. */
// @ts-ignore: decorator
@inline function blend(degenerate: v128, value: v128, factor: v128): v128 {
  const mixed = f32x4.add(f32x4.convert_i32x4_s(degenerate), f32x4.mul(factor, f32x4.convert_i32x4_s(i32x4.sub(value, degenerate))));
  return i32x4.min_s(i32x4.max_s(i32x4.trunc_sat_f32x4_s(mixed), i32x4.splat(0)), i32x4.splat(255));
}

/** Blends every byte with one value, in place. */
export function blendWith(pixels: usize, count: i32, degenerate: i32, factor: f32): void {
  const gray = i32x4.splat(degenerate);
  const share = f32x4.splat(factor);
  const end = pixels + usize(count) * 3;
  for (; pixels < end; pixels += 12) {
    const bytes = v128.load(pixels);
    storeFour(pixels, blend(gray, reds(bytes), share), blend(gray, greens(bytes), share), blend(gray, blues(bytes), share));
  }
}

/** Blends every pixel with its own gray, in place: factor 0 gives grayscale. */
export function blendWithGray(pixels: usize, count: i32, factor: f32): void {
  const share = f32x4.splat(factor);
  const end = pixels + usize(count) * 3;
  for (; pixels < end; pixels += 12) {
    const bytes = v128.load(pixels);
    const gray = lumas(reds(bytes), greens(bytes), blues(bytes));
    storeFour(pixels, blend(gray, reds(bytes), share), blend(gray, greens(bytes), share), blend(gray, blues(bytes), share));
  }
}

/** Sum of the brightness of all pixels. Four lanes of 32 bits hold 2²⁶ pixels. */
export function sumOfLumas(pixels: usize, count: i32): f64 {
  let sums = i32x4.splat(0);
  const whole = pixels + usize(count & ~3) * 3;
  for (; pixels < whole; pixels += 12) {
    const bytes = v128.load(pixels);
    sums = i32x4.add(sums, lumas(reds(bytes), greens(bytes), blues(bytes)));
  }
  let rest: u32 = 0;
  for (let i = 0; i < (count & 3); i++, pixels += 3)
    rest += (u32(load<u8>(pixels)) * 19595 + u32(load<u8>(pixels, 1)) * 38470 + u32(load<u8>(pixels, 2)) * 7471 + 0x8000) >> 16;
  const firstTwo = f64(u32(i32x4.extract_lane(sums, 0))) + f64(u32(i32x4.extract_lane(sums, 1)));
  return firstTwo + f64(u32(i32x4.extract_lane(sums, 2))) + f64(u32(i32x4.extract_lane(sums, 3))) + f64(rest);
}

/** Inverts bytes from the threshold on, in place; `length` bytes. */
export function invertFrom(bytes: usize, length: usize, threshold: i32): void {
  const least = i8x16.splat(<i8>threshold);
  for (let i: usize = 0; i < length; i += 16) {
    const values = v128.load(bytes + i);
    v128.store(bytes + i, v128.xor(values, i8x16.ge_u(values, least)));
  }
}

/** Left and right exchanged. */
export function mirrorRows(source: usize, target: usize, width: i32, height: i32): void {
  for (let y = 0; y < height; y++) {
    let from = source + usize(y * width + width - 1) * 3;
    for (let x = 0; x < width; x++, from -= 3, target += 3) store<u32>(target, load<u32>(from));
  }
}

/**
 * Turns the color circle by way of 8-bit hue, saturation and value, in place.
 *
 * @param hues by sextant, chroma, and distance of the middle channel from the highest: 6 · 65536 bytes
 * @param shift added to the hue, modulo 256
 * @param saturations by chroma and value: 65536 bytes
 * @param fractions by hue: 256 single-precision numbers, how far it is into its sixth of the circle; @param purities by saturation, 0 … 1
 * @param sectors by hue: 256 bytes
 */
export function turnHue(pixels: usize, count: i32, shift: i32,
  hues: usize, saturations: usize, fractions: usize, purities: usize, sectors: usize): void {
  const end = pixels + usize(count) * 3;
  for (; pixels < end; pixels += 3) {
    const red = i32(load<u8>(pixels));
    const green = i32(load<u8>(pixels, 1));
    const blue = i32(load<u8>(pixels, 2));
    const value = max(red, max(green, blue));
    const least = min(red, min(green, blue));
    const chroma = value - least;
    if (chroma == 0) continue;
    // red highest: 0 blue lowest, 1 green lowest; green highest: 2 blue lowest, 3 red lowest; blue highest: 4 red lowest, 5 green lowest
    let sextant: i32;
    if (red == value) sextant = i32(blue != least);
    else if (green == value) sextant = 2 + i32(blue != least);
    else sextant = 4 + i32(red != least);
    const middle = red + green + blue - value - least;
    const hue = (i32(load<u8>(hues + usize((sextant << 16) | (chroma << 8) | (value - middle)))) + shift) & 255;
    const saturation = usize(load<u8>(saturations + usize((chroma << 8) | value)));
    if (saturation == 0) {
      store<u8>(pixels, <u8>value);
      store<u8>(pixels, <u8>value, 1);
      store<u8>(pixels, <u8>value, 2);
      continue;
    }
    const sector = i32(load<u8>(sectors + usize(hue)));
    const fraction = f64(load<f32>(fractions + (usize(hue) << 2)));
    const purity = f64(load<f32>(purities + (saturation << 2)));
    const top = f64(value);
    const low = i32(top * (1 - purity) + 0.5);
    const falling = i32(top * (1 - purity * fraction) + 0.5);
    const rising = i32(top * (1 - purity * (1 - fraction)) + 0.5);
    // each sixth of the circle has its highest, its lowest, and a rising or falling channel
    let packed: i32;
    if (sector == 0 || sector == 6) packed = value | (rising << 8) | (low << 16);
    else if (sector == 1) packed = falling | (value << 8) | (low << 16);
    else if (sector == 2) packed = low | (value << 8) | (rising << 16);
    else if (sector == 3) packed = low | (falling << 8) | (value << 16);
    else if (sector == 4) packed = rising | (low << 8) | (value << 16);
    else packed = value | (low << 8) | (falling << 16);
    store<u16>(pixels, <u16>packed);
    store<u8>(pixels, <u8>(packed >> 16), 2);
  }
}
