import { expect, it } from 'vitest';
import { runMcc } from './run-mcc.js';

it('gives the last line that mcc prints, and ends with all that it started when its time is over', async () => {
  expect(JSON.parse(await runMcc(['doctor', '--list', '--json']))).toHaveProperty('engines');
  const forever = ['bench', 'step', '--engine', 'cpu', '--crop', '32', '--iterations', '1000000'];
  await expect(runMcc(forever, 2)).rejects.toThrow('ended after 2 s, the time that was left');
});

it('says what mcc wrote when it fails', async () => {
  await expect(runMcc(['bench', 'step', '--crop', 'wide'])).rejects.toThrow("argument 'wide' is invalid");
});
