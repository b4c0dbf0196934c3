// `helm test`: the broker can be reached and takes the credentials. Runs by `node -e`, where no package can be imported,
// so it speaks the first words of AMQP 0-9-1 itself: header, Start, Start-Ok with user and password, and Tune is a yes.
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';

const url = new URL(process.env.PYCA_RABBITMQ_URL);
const secure = url.protocol === 'amqps:';
const host = url.hostname;
const port = Number(url.port) || (secure ? 5671 : 5672);

const socket = secure ? connectTls({ host, port, servername: host }) : connectTcp({ host, port });
socket.setTimeout(20_000, () => finish('no answer within 20 seconds'));
socket.on('error', (error) => finish(error.code ?? error.message));
socket.on('close', () => finish('closed by the other side: is it AMQP 0-9-1?'));
await once(socket, secure ? 'secureConnect' : 'connect');

socket.write('AMQP\0\0\x09\x01');
await method('10.10'); // Connection.Start
socket.write(startOk(decodeURIComponent(url.username || 'guest'), decodeURIComponent(url.password || 'guest')));
await method('10.30'); // Connection.Tune
finish();

/** Waits for one method frame: type, channel, size, class and method id, arguments, end. */
async function method(expected) {
  let bytes = Buffer.alloc(0);
  while (bytes.length < 7 || bytes.length < 8 + bytes.readUInt32BE(3)) {
    bytes = Buffer.concat([bytes, (await once(socket, 'data'))[0]]);
  }
  const got = `${bytes.readUInt16BE(7)}.${bytes.readUInt16BE(9)}`;
  if (got === '10.50') finish(bytes.toString('utf8', 14, 14 + bytes[13])); // Connection.Close: code, reason
  if (got !== expected) finish(`answered ${got} where ${expected} was due`);
}

function startOk(user, password) {
  // authentication_failure_close: a refusal comes as Close with a reason, not as a dead socket.
  const capabilities = table(shortString('authentication_failure_close'), 't\x01');
  const properties = table(shortString('capabilities'), 'F', capabilities);
  const response = longString(`\0${user}\0${password}`);
  const payload = bytes('\0\x0a\0\x0b', properties, shortString('PLAIN'), response, shortString('en_US'));
  return bytes('\x01\0\0', longString(payload), '\xce');
}

function bytes(...parts) {
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)));
}

function shortString(text) {
  return bytes(String.fromCharCode(text.length), text);
}

function longString(content) {
  const body = Buffer.from(content);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(body.length);
  return bytes(size, body);
}

function table(...entries) {
  return longString(bytes(...entries));
}

function finish(fault) {
  process.stdout.write(`${url.protocol}//${url.host}: ${fault ?? 'reachable, and it takes the credentials'}\n`);
  process.exit(fault ? 1 : 0);
}
