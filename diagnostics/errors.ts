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
  SINK_UNCONFIGURED: { remedy: 'put the token into the file that PYCA_SINK_TOKEN_FILE names' },
  SINK_UNREACHABLE: { remedy: "check the sink's address, that its server runs, and proxies; the agent keeps trying" },
  SINK_TLS: {
    remedy: "check the server's certificate and its name (NODE_EXTRA_CA_CERTS adds an authority of your own)",
  },
  SINK_REFUSED: { remedy: 'check the path in PYCA_SINK and the token in PYCA_SINK_TOKEN; the agent keeps trying' },
  SINK_BUSY: { remedy: 'nothing to do: the server asks for patience, and the agent waits as long as it says' },
  SINK_UNWRITABLE: { remedy: 'name a file in PYCA_SINK that can be written and has room; the agent keeps trying' },
  GIT_MISSING: { remedy: 'install git, or set PYCA_REPO, PYCA_BRANCH and PYCA_COMMIT' },
  GIT_REFUSED: {
    remedy: 'git config --global --add safe.directory FOLDER, or set PYCA_REPO, PYCA_BRANCH and PYCA_COMMIT',
  },
  REPO_ID_UNKNOWN: {
    remedy: 'reports go on without it; set GITHUB_TOKEN, PYCA_GITHUB_API_URL (GitHub Enterprise) or PYCA_REPO_ID',
  },
  DATA_UNREADABLE: { remedy: 'check the data folder and its permissions; the agent keeps trying' },
  STATUS_PORT_TAKEN: { remedy: 'set PYCA_STATUS_PORT to a port that is free; the agent keeps trying' },
  SESSION_NAME: { remedy: 'name it by what it is for: pyca session start checkout-test' },
  SESSION_OPEN: { remedy: 'one at a time: stop that one first (pyca session stop)' },
  SESSION_UNKNOWN: { remedy: 'pyca session list names those that there are' },
  SESSION_TOKEN_UNSET: {
    remedy: 'set PYCA_SESSION_TOKEN for the agent (in a pod: the key "session-token" of the Secret pyca-broker)',
  },
  SESSION_TOKEN_WRONG: {
    remedy: 'send the token that the agent has: PYCA_SESSION_TOKEN, or Authorization: Bearer TOKEN',
  },
  SESSIONS_OFF: {
    remedy:
      'pyca run --sessions, or PYCA_SESSIONS=true, or the annotation pyca.io/sessions: "true"; then start the application anew',
  },
  AGENT_NOT_FOUND: { remedy: 'start the application by pyca run --sessions, or name the agent with --url' },
  COVERAGE_NONE: {
    remedy: 'collect some first: pyca run -- python app.py (or name a folder or a file: pyca report PATH)',
  },
  PYTHON_UNSUPPORTED: { remedy: 'name a CPython 3.8 or later, on Linux: pyca install --python PATH' },
  PYTHON_MANAGED: {
    remedy:
      'use a virtual environment (python3 -m venv .venv), or "pyca run"; in an image of your own: --break-system-packages',
  },
  SITE_UNWRITABLE: { remedy: 'run it as the owner of that folder, or with --user, or in a virtual environment' },
  INSTALLED_BY_PIP: { remedy: 'pip uninstall python-coverage-agent' },
  REPORT_UNWRITABLE: { remedy: 'name another place with --output' },
  PYTHON_NOT_FOUND: { remedy: 'install CPython 3.8 or later, or name one: --python PATH' },
  SELF_TEST_FAILED: { remedy: 'run the step by hand (docs/troubleshooting.md), and tell us what it says' },
  KUBERNETES_API: { remedy: "check the operator's RBAC and the API server; the operator keeps trying" },
  USAGE: { remedy: 'run pyca --help' },
} as const satisfies Record<string, { remedy: string }>;

export type ErrorCode = keyof typeof CATALOGUE;

/** An error of the catalogue. `message` says what is wrong and where; never put a secret into it. */
export class PycaError extends Error {
  readonly code: ErrorCode;
  readonly remedy: string;
  /** Seconds that the other side wants to be left alone. */
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown; retryAfter?: number | undefined }) {
    super(message, options);
    this.name = 'PycaError';
    this.code = code;
    this.remedy = CATALOGUE[code].remedy;
    this.retryAfter = options?.retryAfter;
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
