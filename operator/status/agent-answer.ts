/** What an agent's status port answers. A pod is not trusted: sizes, times and redirects are bounded. */

import { z } from 'zod';

const answerSchema = z.object({
  containers: z.array(
    z.object({
      name: z.string(),
      lines: z.object({ executable: z.int().min(0), covered: z.int().min(0) }),
      fingerprint: z.string().nullable(),
      lastReportTime: z.iso.datetime({ offset: true }).nullable(),
      lastError: z.object({ code: z.string(), message: z.string(), remedy: z.string().nullish() }).nullable(),
    }),
  ),
});

export type ContainerAnswer = z.output<typeof answerSchema>['containers'][number];

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** The agents as the poller asks them. */
export interface AgentPort {
  status(address: Address): Promise<ContainerAnswer[]>;
  /** Raw text. */
  coverage(address: Address, container: string): Promise<string>;
}

const TIMEOUT_MS = 2_000;
const STATUS_LIMIT = 256 * 1024;
const COVERAGE_LIMIT = 16 * 1024 * 1024;

export const httpAgentPort: AgentPort = {
  status: async (address) => {
    const text = await get(address, '/status', STATUS_LIMIT);
    return answerSchema.parse(JSON.parse(text)).containers;
  },
  coverage: (address, container) =>
    get(address, `/coverage?container=${encodeURIComponent(container)}`, COVERAGE_LIMIT),
};

async function get({ host, port }: Address, path: string, limit: number): Promise<string> {
  const response = await fetch(`http://${host.includes(':') ? `[${host}]` : host}:${port}${path}`, {
    signal: AbortSignal.timeout(TIMEOUT_MS),
    redirect: 'error',
  });
  if (!response.ok || !response.body) throw new Error(`${path}: ${response.status}`);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body) {
    length += chunk.length;
    if (length > limit) throw new Error(`${path}: more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
