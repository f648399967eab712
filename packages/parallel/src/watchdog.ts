import { type ControlBlock, now } from './control-block.js';

/** Until some pauses have been seen, nobody knows how long an iteration takes: engines start, functions are traced. */
const WARM_UP = { pauses: 5, signs: 200, milliseconds: 600_000 };
/** Shorter pauses say nothing about iterations. */
const SHORT_MILLISECONDS = 20;

/**
 * Watches over two ways to hang: the program shows no sign of life to the thread that calls MPI (which then stops the job), or that thread
 * never comes back from a call of MPI (which is noticed here).
 */
export class Watchdog {
  private readonly timer: NodeJS.Timeout;
  private signs = 0;
  private pauses = 0;
  private last = now();
  private longest = 0;
  private allowed = 0;

  /**
   * @param limit milliseconds without a sign of life; where these come less often, five times the longest pause so far.
   * @param onStuck called with the seconds that a call of MPI has lasted.
   * @param rank higher ranks speak later, so that one speaks for all.
   */
  constructor(
    private readonly control: ControlBlock,
    private readonly limit: number,
    onStuck: (seconds: number) => void,
    rank: number,
  ) {
    this.alive();
    this.timer = setInterval(() => {
      const { inside } = control;
      const lasted = inside ? now() - inside : 0;
      if (lasted > limit + Math.min(100 * rank, 5000)) onStuck(Math.round(lasted / 1000));
    }, 500);
    this.timer.unref();
  }

  /**
   * A sign of life.
   *
   * @param seconds how long the next one may take, if longer than usual.
   * @param wasBusy whether the time since the last sign was the program's own, not spent waiting for other ranks.
   */
  alive(seconds = 0, wasBusy = true): void {
    const time = now();
    const pause = time - this.last;
    // A pause that was announced says nothing about others, the first ones are longer than all later ones.
    if (wasBusy && !this.allowed && pause > SHORT_MILLISECONDS && ++this.pauses > WARM_UP.pauses / 2)
      this.longest = Math.max(this.longest, pause);
    this.signs++;
    this.last = time;
    this.allowed = 1000 * seconds;
    const isWarm = this.pauses >= WARM_UP.pauses || this.signs >= WARM_UP.signs;
    const usual = isWarm ? Math.max(this.limit, 5 * this.longest) : WARM_UP.milliseconds;
    this.control.deadline = time + Math.max(usual, this.allowed);
  }

  stop(): void {
    clearInterval(this.timer);
    this.control.deadline = 0;
  }
}
