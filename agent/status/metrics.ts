/** The agent's state in Prometheus' text format. */

import type { ReporterState } from '../collection/reporter.ts';

export type AgentState = { version: string; ready: boolean; containers: ({ name: string } & ReporterState)[] };

type Container = AgentState['containers'][number];

const SERIES: { name: string; type: 'gauge' | 'counter'; help: string; value: (c: Container) => number | null }[] = [
  { name: 'pyca_files', type: 'gauge', help: 'Source files seen.', value: (c) => c.files },
  { name: 'pyca_lines_executable', type: 'gauge', help: 'Statements seen.', value: (c) => c.lines.executable },
  { name: 'pyca_lines_covered', type: 'gauge', help: 'Statements that ran.', value: (c) => c.lines.covered },
  { name: 'pyca_reports_total', type: 'counter', help: 'Reports that the broker confirmed.', value: (c) => c.reports },
  { name: 'pyca_failures_total', type: 'counter', help: 'Attempts to report that failed.', value: (c) => c.failures },
  {
    name: 'pyca_last_report_timestamp_seconds',
    type: 'gauge',
    help: 'When the broker last confirmed a report.',
    value: (c) => (c.lastReportTime === null ? null : Date.parse(c.lastReportTime) / 1000),
  },
];

export function printMetrics({ version, ready, containers }: AgentState): string {
  const lines = [
    ...head('pyca_agent_info', 'gauge', 'The agent itself.'),
    `pyca_agent_info{version="${version}"} 1`,
    ...head('pyca_agent_ready', 'gauge', 'Whether the preload is installed.'),
    `pyca_agent_ready ${ready ? 1 : 0}`,
  ];
  for (const { name, type, help, value } of SERIES) {
    lines.push(...head(name, type, help));
    for (const container of containers) {
      const number = value(container);
      if (number !== null) lines.push(`${name}{container="${container.name}"} ${number}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function head(name: string, type: string, help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}
