import { runPeer } from './peer-program.js';
import { median } from './timing.js';

export interface RoundsOptions {
  /** Rounds; in each, ours and the peer's are timed one after the other. */
  rounds: number;
  /** Command of a program that prints one JSON line with `median_s`, `min_s` and `peak_rss_mb`; options of the measurement are appended. */
  peer?: string;
}

/** Says how far a measurement is. */
export const progress = (text: string) => process.stderr.write(`${text}\n`);

/**
 * Times rounds of ours, each before one of the peer's.
 *
 * @param given the peer's options
 * @param round gives the seconds of all that a round counts
 * @param unit what is timed, for people
 * @returns seconds of ours, and of the peer
 */
export async function timeRounds(
  { rounds, peer }: RoundsOptions,
  given: Record<string, string | number>,
  round: () => Promise<number[]>,
  unit = '',
) {
  const seconds: number[] = [];
  const peers: Record<'median_s' | 'min_s' | 'peak_rss_mb', number>[] = [];
  const ratios: number[] = [];
  for (let i = 1; i <= rounds; i++) {
    const own = await round();
    seconds.push(...own);
    progress(`round ${i} of ${rounds}: ${median(own).toFixed(3)} s${unit}`);
    if (!peer) continue;
    const found = await runPeer(peer, { options: given }, ['median_s', 'min_s', 'peak_rss_mb']);
    peers.push(found);
    ratios.push(median(own) / found.median_s);
    progress(`peer: ${found.median_s.toFixed(3)} s, ratio ${ratios.at(-1)!.toFixed(3)}`);
  }
  return {
    seconds: { median: median(seconds), minimum: Math.min(...seconds) },
    ...(peer && {
      peer: {
        command: peer,
        median: median(peers.map(found => found.median_s)),
        minimum: Math.min(...peers.map(found => found.min_s)),
        peakResidentMegabytes: Math.max(...peers.map(found => found.peak_rss_mb)),
        /** Our median ÷ the peer's, of each round, and the median of these. */
        ratios,
        ratio: median(ratios),
      },
    }),
  };
}

/** What peers call a backbone: `deit_tiny`. */
export const peerName = (backbone: string) => backbone.replace(/_patch.*/, '');

/** The most memory that this process has had resident since its start. */
export const peakResidentMegabytes = () => Math.round(process.resourceUsage().maxRSS / 1024);
