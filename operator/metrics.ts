/** The operator's figures, in Prometheus' text format. */

type Labels = Record<string, string>;

abstract class Metric {
  readonly name: string;
  readonly help: string;
  readonly type: string;

  constructor(type: string, name: string, help: string) {
    this.type = type;
    this.name = name;
    this.help = help;
  }

  abstract lines(): string[];

  print(): string {
    return [`# HELP ${this.name} ${this.help}`, `# TYPE ${this.name} ${this.type}`, ...this.lines(), ''].join('\n');
  }
}

class Values extends Metric {
  readonly #values = new Map<string, number>();

  add(labels: Labels, amount = 1): void {
    const key = printLabels(labels);
    this.#values.set(key, (this.#values.get(key) ?? 0) + amount);
  }

  set(labels: Labels, value: number): void {
    this.#values.set(printLabels(labels), value);
  }

  lines(): string[] {
    return [...this.#values].map(([labels, value]) => `${this.name}${labels} ${value}`);
  }
}

class Histogram extends Metric {
  readonly #bounds: readonly number[];
  readonly #series = new Map<string, { labels: Labels; counts: number[]; sum: number; count: number }>();

  constructor(name: string, help: string, bounds: readonly number[]) {
    super('histogram', name, help);
    this.#bounds = bounds;
  }

  observe(labels: Labels, value: number): void {
    const key = printLabels(labels);
    const series = this.#series.get(key) ?? { labels, counts: this.#bounds.map(() => 0), sum: 0, count: 0 };
    this.#series.set(key, series);
    const bucket = this.#bounds.findIndex((bound) => value <= bound);
    if (bucket >= 0) series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
    series.sum += value;
    series.count += 1;
  }

  lines(): string[] {
    return [...this.#series.values()].flatMap(({ labels, counts, sum, count }) => {
      let below = 0;
      const buckets = this.#bounds.map((bound, i) => {
        below += counts[i] ?? 0;
        return `${this.name}_bucket${printLabels({ ...labels, le: String(bound) })} ${below}`;
      });
      return [
        ...buckets,
        `${this.name}_bucket${printLabels({ ...labels, le: '+Inf' })} ${count}`,
        `${this.name}_sum${printLabels(labels)} ${sum}`,
        `${this.name}_count${printLabels(labels)} ${count}`,
      ];
    });
  }
}

export class Metrics {
  readonly injections = new Values('counter', 'pyca_injections_total', 'Pods by what the webhook did, and why.');
  readonly admissionSeconds = new Histogram(
    'pyca_admission_duration_seconds',
    'Time to answer an admission review.',
    [0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.5, 1],
  );
  readonly admissionErrors = new Values(
    'counter',
    'pyca_admission_errors_total',
    'Admission reviews that were answered without a decision.',
  );
  readonly reconcileErrors = new Values('counter', 'pyca_reconcile_errors_total', 'Reconciliations that failed.');
  readonly watchRestarts = new Values(
    'counter',
    'pyca_watch_restarts_total',
    'Watches that ended unforeseen, and why.',
  );
  readonly certificateExpiry = new Values(
    'gauge',
    'pyca_certificate_expiry_timestamp_seconds',
    'When the serving certificate expires.',
  );
  readonly statusPolls = new Values('counter', 'pyca_status_polls_total', "Questions put to the agents' status ports.");

  print(): string {
    return Object.values(this)
      .map((metric: Metric) => metric.print())
      .join('');
  }
}

function printLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length > 0 ? `{${pairs.join(',')}}` : '';
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
