import { multiplyAdd, splat } from './functions';
import { Team, take } from './team';

@unmanaged
class AdamWArguments {
  parameter: usize;
  gradient: usize;
  mean: usize;
  square: usize;
  newParameter: usize;
  newMean: usize;
  newSquare: usize;
  size: i32;
  beta1: f32;
  beta2: f32;
  /** 1 − β. */
  share1: f32;
  share2: f32;
  /** 1 / √(1 − β₂ᵗ). */
  rootCorrection: f32;
  epsilon: f32;
  /** rate / (1 − β₁ᵗ), and 1 − rate · decay. */
  rate: f32;
  keep: f32;
  /** Values that one thread computes at a time, a multiple of 4. */
  width: i32;
}

/** m' = β₁m + (1 − β₁)g, v' = β₂v + (1 − β₂)g², p' = keep·p − rate · m' / (√v' · rootCorrection + ε). */
export function adamW(args: AdamWArguments, team: Team, _scratch: usize): void {
  const beta1 = splat(args.beta1), beta2 = splat(args.beta2), share1 = splat(args.share1), share2 = splat(args.share2);
  const rootCorrection = splat(args.rootCorrection), epsilon = splat(args.epsilon), rate = splat(args.rate), keep = splat(args.keep);
  for (let first = take(team) * args.width; first < args.size; first = take(team) * args.width) {
    let i = <usize>first << 2;
    const end = <usize>min(first + args.width, args.size) << 2;
    for (; i + 16 <= end; i += 16) {
      const g = v128.load(args.gradient + i);
      const m = multiplyAdd(beta1, v128.load(args.mean + i), f32x4.mul(share1, g));
      const v = multiplyAdd(beta2, v128.load(args.square + i), f32x4.mul(share2, f32x4.mul(g, g)));
      v128.store(args.newMean + i, m);
      v128.store(args.newSquare + i, v);
      const step = f32x4.div(f32x4.mul(rate, m), multiplyAdd(f32x4.sqrt(v), rootCorrection, epsilon));
      v128.store(args.newParameter + i, f32x4.sub(f32x4.mul(keep, v128.load(args.parameter + i)), step));
    }
    for (; i < end; i += 4) {
      const g = load<f32>(args.gradient + i);
      const m = args.beta1 * load<f32>(args.mean + i) + args.share1 * g;
      const v = args.beta2 * load<f32>(args.square + i) + args.share2 * (g * g);
      store<f32>(args.newMean + i, m);
      store<f32>(args.newSquare + i, v);
      const step = args.rate * m / (sqrt<f32>(v) * args.rootCorrection + args.epsilon);
      store<f32>(args.newParameter + i, args.keep * load<f32>(args.parameter + i) - step);
    }
  }
}
