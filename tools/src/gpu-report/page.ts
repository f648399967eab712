import { escapeHtml, lineChart, page, table, tiles } from '@wsss/pipelines';
import type { EngineFigures, GpuReport, ShapesFigures } from './report.js';

/** The report as a page that opens from disk. */
export function gpuReportPage({ written, machine, doctor, engines }: GpuReport): string {
  const facts = Object.entries(machine).map(([name, value]) => [escapeHtml(name), escapeHtml(value)]);
  const working = doctor.map(({ name, works, version, why, fix }) => [
    name,
    escapeHtml(works ? `works: ${version}` : [why, fix].filter(Boolean).join('. ')),
  ]);
  return page({
    title: 'What this machine does with wsss',
    lead: `<p>${escapeHtml(written)}</p>`,
    sections: [
      { title: 'Machine', html: table([], [...facts, ...working], 'facts') },
      ...engines.map(engine => ({ title: engine.name, html: engineSection(engine) })),
    ],
  });
}

function engineSection({ version, shapes, steps, parity, problems }: EngineFigures): string {
  const passed = parity?.filter(({ state }) => state === 'PASS').length;
  const figures: [string, string][] = [
    ...(version ? [['engine', version] as [string, string]] : []),
    ...(parity ? [['recorded cases passed', `${passed} of ${parity.length}`] as [string, string]] : []),
    ...(shapes ? [['100 iterations on Shapes', `${shapes.seconds.toFixed(0)} s`] as [string, string]] : []),
  ];
  const timed = steps.map(({ backbone, crop, batch, step, parts, arithmetic, peakResidentMegabytes }) => [
    `${escapeHtml(backbone)}, ${batch} × ${crop}²`,
    `${step.median.toFixed(3)} s`,
    Object.entries(parts).map(([name, seconds]) => `${escapeHtml(name)} ${seconds.toFixed(3)}`).join(', '), // biome-ignore format: one line
    `${arithmetic.gigaflopPerSecond.toFixed(0)} (${(100 * arithmetic.shareOfPeak).toFixed(0)} %)`,
    `${peakResidentMegabytes.toFixed(0)} MB`,
  ]);
  const cases = (parity ?? []).map(({ name, state, worst, problem }) => [
    escapeHtml(name),
    state,
    worst
      ? `${worst.error.toExponential(1)} of ${worst.tolerance.toExponential(1)} (${escapeHtml(worst.name)})`
      : escapeHtml(problem ?? ''),
  ]);
  const failures = problems.map(problem => `<li>${escapeHtml(problem)}</li>`).join('');
  return [
    figures.length && tiles(figures),
    failures && `<h3>Not measured</h3><ul>${failures}</ul>`,
    timed.length && `<h3>An iteration</h3>${table(['size', 'median', 'parts, s', 'GFLOP/s (of a large product)', 'memory'], timed)}`,
    shapes && `<h3>Shapes</h3>${lossChart(shapes)}`,
    cases.length && `<h3>Recorded numbers of the reference program</h3>${table(['case', '', 'largest error of its tolerance'], cases)}`,
  ]
    .filter(Boolean)
    .join('\n');
}

const losses = ['classification', 'affinity', 'contrast', 'segmentation'];

const lossChart = ({ records }: ShapesFigures) =>
  lineChart({
    title: 'losses',
    series: losses.map(name => ({
      name,
      points: records.flatMap(({ step, values }) => (typeof values[name] === 'number' ? [[step, values[name]] as const] : [])),
    })),
  });
