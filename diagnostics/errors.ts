/** The one catalogue of errors a user can meet: each has a stable code, what is wrong and the remedy. */

const CATALOGUE = {
  CONFIG_INVALID: { remedy: 'correct the named setting; docs/reference/configuration.md lists what each one takes' },
  LINE_MAP_INVALID: { remedy: 'delete the named file; the application writes it anew when it next starts' },
  RAW_INVALID: { remedy: 'see docs/reference/report-format.md for the grammar of a raw line' },
  PRELOAD_FAILED: { remedy: 'check that the preload folder exists, is writable by the agent and has room' },
  BROKER_UNCONFIGURED: { remedy: 'create the Secret pyca-broker with the key "url", or set PYCA_RABBITMQ_URL' },
  BROKER_UNREACHABLE: {
    remedy: "check RabbitMQ's address, that it runs, and network policies; the agent keeps trying",
  },
  BROKER_CREDENTIALS: {
    remedy: 'correct user and password in the Secret pyca-broker; the agent reads it at each attempt',
  },
  BROKER_VHOST: { remedy: 'create the virtual host and give the user permissions on it; the agent keeps trying' },
  BROKER_TLS: {
    remedy: "check RabbitMQ's certificate, its name, and amqp:// against amqps://; the agent keeps trying",
  },
  BROKER_REFUSED: { remedy: 'check the permissions of the RabbitMQ user on the exchange; the agent keeps trying' },
  BROKER_BLOCKED: {
    remedy: 'free memory or disk of RabbitMQ (rabbitmqctl status names the alarm); the agent keeps trying',
  },
  BROKER_UNROUTABLE: { remedy: 'bind a queue to the exchange with the routing key; the agent keeps trying' },
  DATA_UNREADABLE: { remedy: 'check the data folder and its permissions; the agent keeps trying' },
  STATUS_PORT_TAKEN: { remedy: 'set PYCA_STATUS_PORT to a port that is free; the agent keeps trying' },
  KUBERNETES_API: { remedy: "check the operator's RBAC and the API server; the operator keeps trying" },
  USAGE: { remedy: 'run pyca --help' },
} as const satisfies Record<string, { remedy: string }>;

export type ErrorCode = keyof typeof CATALOGUE;

/** An error of the catalogue. `message` says what is wrong and where; never put a secret into it. */
export class PycaError extends Error {
  readonly code: ErrorCode;
  readonly remedy: string;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'PycaError';
    this.code = code;
    this.remedy = CATALOGUE[code].remedy;
  }
}

/** What went wrong, in a form that a log line, a status or a terminal can show. */
export function describeError(error: unknown): { code: string; message: string; remedy?: string } {
  if (error instanceof PycaError) return { code: error.code, message: error.message, remedy: error.remedy };
  if (error instanceof Error) {
    const code = (error as { code?: unknown }).code;
    return { code: typeof code === 'string' ? code : error.name, message: maskSecrets(error.message) };
  }
  return { code: 'UNKNOWN', message: maskSecrets(String(error)) };
}

/** Takes the user and password out of every URL in a text, one of an unescaped `/` or `@` too. */
export function maskSecrets(text: string): string {
  return text.replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s"'<>]*@/gi, '$1***@');
}
