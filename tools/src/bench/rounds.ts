import { integer } from '@wsss/pipelines';
import { type Command, Option } from 'commander';
import { runPeer } from './peer-program.js';
import { median } from './timing.js';

export interface RoundsOptions {
  rounds: number;
  peer?: string;
}

/** The options of {@link timeRounds}. @param given the options that the peer is given */
export function addRoundsOptions(command: Command, given: string): Command {
  const peer = `a program that times the same; it is given ${given} and prints JSON: median_s, min_s, peak_rss_mb`;
  return command
    .option('--rounds <n>', 'rounds; in each, ours and the peer run one after the other', integer(1), 3)
    .addOption(new Option('--peer <command>', peer));
}

/** Says how far a measurement is. */
export const progress = (text: string) => process.stderr.write(`${text}\n`);

/**
 * Times rounds of ours, each before one of the peer's.
 *
 * @param given the peer's options; it is told the short name of a backbone, `deit_tiny`
 * @param round gives the seconds of all that a round counts
 * @returns seconds of ours, and of the peer
 */
export async function timeRounds(
  { rounds, peer }: RoundsOptions,
  given: Record<string, string | number> & { backbone: string },
  round: () => Promise<number[]>,
) {
  const peerOptions = { ...given, backbone: given.backbone.replace(/_patch.*/, '') };
  const seconds: number[] = [];
  const peers: Record<'median_s' | 'min_s' | 'peak_rss_mb', number>[] = [];
  const ratios: number[] = [];
  for (let i = 1; i <= rounds; i++) {
    const own = await round();
    seconds.push(...own);
    progress(`round ${i} of ${rounds}: ${median(own).toFixed(3)} s`);
    if (!peer) continue;
    const found = await runPeer(peer, { options: peerOptions }, ['median_s', 'min_s', 'peak_rss_mb']);
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

/** A line for people. */
export const describePeer = ({ median, ratio, ratios }: { median: number; ratio: number; ratios: readonly number[] }) =>
  `peer: median ${median.toFixed(3)} s, ours ÷ peer ${ratio.toFixed(3)} (${ratios.map(each => each.toFixed(3)).join(', ')})`;

/** The most memory that this process has had resident since its start. */
export const peakResidentMegabytes = () => Math.round(process.resourceUsage().maxRSS / 1024);
