/** A container's coverage as the message that goes to the broker. */

import { createHash } from 'node:crypto';
import type { Report } from '../coverage/report.ts';

export type ReportMessage = {
  body: Buffer;
  contentType: 'application/json';
  messageId: string;
  /** Seconds since 1970. */
  timestamp: number;
  appId: 'pyca';
  headers: Record<string, string>;
};

/** The report's fields are fixed; where it comes from goes into the headers. What is not known is an empty string. */
export type ReportOrigin = {
  repository: Pick<Report, 'repo' | 'repo_id' | 'branch' | 'commit'>;
  namespace: string;
  workload: string;
  pod: string;
  container: string;
  version: string;
};

/** The same coverage of the same container has the same message id, so a consumer can tell one that was sent twice. */
export function reportMessage(raw: string, origin: ReportOrigin, now: Date = new Date()): ReportMessage {
  const timestamp = Math.floor(now.getTime() / 1000);
  const { repository, namespace, workload, pod, container, version } = origin;
  const report: Report = {
    ...repository,
    ci: { provider: '', pipeline_id: '', job_id: '' },
    coverage: { format: 'pyca', raw },
    timestamp,
  };
  const identity = [namespace, pod, container, repository.commit, raw].join('\n');
  return {
    body: Buffer.from(JSON.stringify(report)),
    contentType: 'application/json',
    messageId: createHash('sha256').update(identity).digest('hex').slice(0, 32),
    timestamp,
    appId: 'pyca',
    headers: {
      'pyca-namespace': namespace,
      'pyca-workload': workload,
      'pyca-pod': pod,
      'pyca-container': container,
      'pyca-agent-version': version,
    },
  };
}
