import { joinJob } from '@wsss/parallel';

// A program for `benchmarkAllReduce`: the counterpart of peers/allreduce.c, with its arguments and output.
const [floats, runs, wire] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4] as 'full' | 'float16'];
const job = await joinJob();
const data = new Float32Array(floats).fill(1);
const seconds: number[] = [];
let expected = 1;
for (let run = 0; run < runs; run++) {
  await job.barrier();
  const start = performance.now();
  await job.allReduce(data, { wire });
  seconds.push((performance.now() - start) / 1000);
  expected *= job.worldSize;
  if (data[0] !== expected || data[floats - 1] !== expected) await job.abort(`the sum is ${data[0]}, expected ${expected}`);
}
if (job.rank === 0) process.stdout.write(`${JSON.stringify(seconds)}\n`);
await job.close();
