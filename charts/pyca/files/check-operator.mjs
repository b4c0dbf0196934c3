// `helm test`: the operator answers /readyz through its Service. Runs by `node -e`, on the image's own Node.

const url = process.env.READY_URL;
const deadline = Date.now() + 60_000;
for (;;) {
  const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) }).then(
    async (response) => ({ ok: response.ok, text: `${response.status} ${await response.text()}` }),
    (error) => ({ ok: false, text: String(error.cause ?? error) }),
  );
  if (answer.ok || Date.now() > deadline) {
    process.stdout.write(`${url}: ${answer.text}\n`);
    process.exit(answer.ok ? 0 : 1);
  }
  await new Promise((resolve) => setTimeout(resolve, 1_000));
}
