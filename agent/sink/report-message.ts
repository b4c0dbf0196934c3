/** A container's coverage as the message that goes to a sink. */

import { createHash } from 'node:crypto';
import type { Report } from '../../coverage/report.ts';
import type { Repository, RepositoryFacts } from '../repository/repository.ts';

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
  repository: Omit<RepositoryFacts, 'root'> & Partial<Pick<Repository, 'complete'>>;
  namespace: string;
  workload: string;
  pod: string;
  container: string;
  version: string;
  /** Of a session alone; ordinary reports have none. */
  session?: string;
};

/** The same coverage of the same container has the same message id, so a consumer can tell one that was sent twice. */
export function reportMessage(raw: string, origin: ReportOrigin, now: Date = new Date()): ReportMessage {
  const timestamp = Math.floor(now.getTime() / 1000);
  const { repository, namespace, workload, pod, container, version, session } = origin;
  const { repo, repo_id, branch, commit, ci } = repository;
  const report: Report = { repo, repo_id, branch, commit, ci, coverage: { format: 'pyca', raw }, timestamp };
  const identity = [namespace, pod, container, repo, commit, session ?? '', raw].join('\n');
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
      ...(session && { 'pyca-session': session }),
    },
  };
}
