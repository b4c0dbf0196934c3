/** The webhook's certificates: a CA that signs one certificate and is forgotten, and when the next pair is due. */

import 'reflect-metadata';
import { createPrivateKey, X509Certificate as NodeCertificate, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** What the Secret holds, all PEM. */
export interface Certificates {
  /** Every CA that a serving certificate of ours may bear, the newest first: the caBundle. */
  readonly authorities: string;
  readonly serving: KeyPair;
  /** Made, trusted, not yet served. */
  readonly next: KeyPair | undefined;
}

const DAY_MS = 86_400_000;
const VALIDITY_MS = 365 * DAY_MS;
/** Clocks differ: a certificate is valid a little before it was made. */
const BACKDATE_MS = 5 * 60_000;
/** How long API servers get to learn the new CA before it is needed. */
const STAGING_MS = 10 * 60_000;

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A serving certificate for `hosts` and its CA. The CA's key is never kept: nobody can sign with it again. */
export async function issue(hosts: readonly string[], now: Date): Promise<{ authority: string; pair: KeyPair }> {
  x509.cryptoProvider.set(webcrypto);
  const notBefore = new Date(now.getTime() - BACKDATE_MS);
  const notAfter = new Date(now.getTime() + VALIDITY_MS);
  const caKeys = await webcrypto.subtle.generateKey(ALGORITHM, false, ['sign', 'verify']);
  const caName = `CN=pyca webhook CA ${now.toISOString()}`;
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    name: caName,
    serialNumber: serialNumber(),
    notBefore,
    notAfter,
    keys: caKeys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: `CN=${hosts[0]}`,
    issuer: caName,
    serialNumber: serialNumber(),
    notBefore,
    notAfter,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(hosts.map((value) => ({ type: isIP(value) ? 'ip' : 'dns', value }))),
      await x509.AuthorityKeyIdentifierExtension.create(authority),
    ],
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    authority: pem(authority.toString('pem')),
    pair: { certificate: pem(certificate.toString('pem')), key: pem(x509.PemConverter.encode(key, 'PRIVATE KEY')) },
  };
}

/*
 * what is there                                    | step    | then
 * -------------------------------------------------+---------+--------------------------------------------------
 * nothing usable: none, expired, other hosts       | create  | a new pair is served at once
 * a pair past 2/3 of its life, no next one         | stage   | the next pair's CA is trusted beside the old one
 * a next pair, made less than 10 minutes ago       | keep    | API servers learn the new CA meanwhile
 * a next pair, older                               | promote | it is served; the old CA stays trusted till it ends
 * anything else                                    | keep    |
 */
export type Step = 'create' | 'stage' | 'promote' | 'keep';

export function planStep(certificates: Certificates | undefined, hosts: readonly string[], now: Date): Step {
  if (!certificates || !isUsable(certificates.serving, hosts, now)) return 'create';
  const { next } = certificates;
  if (next && isUsable(next, hosts, now)) {
    return now.getTime() >= validFrom(next).getTime() + BACKDATE_MS + STAGING_MS ? 'promote' : 'keep';
  }
  const from = validFrom(certificates.serving).getTime();
  const life = expiry(certificates.serving).getTime() - from;
  return now.getTime() >= from + (life * 2) / 3 ? 'stage' : 'keep';
}

export async function takeStep(
  step: Step,
  certificates: Certificates | undefined,
  hosts: readonly string[],
  now: Date,
): Promise<Certificates> {
  if (step === 'keep' && certificates) return certificates;
  const known = certificates ? unexpired(certificates.authorities, now) : [];
  if (step === 'promote' && certificates?.next) {
    return { authorities: known.join(''), serving: certificates.next, next: undefined };
  }
  const { authority, pair } = await issue(hosts, now);
  const authorities = [authority, ...known].join('');
  if (step === 'stage' && certificates) return { ...certificates, authorities, next: pair };
  return { authorities, serving: pair, next: undefined };
}

export function expiry({ certificate }: KeyPair): Date {
  return new Date(new NodeCertificate(certificate).validTo);
}

function validFrom({ certificate }: KeyPair): Date {
  return new Date(new NodeCertificate(certificate).validFrom);
}

function isUsable(pair: KeyPair, hosts: readonly string[], now: Date): boolean {
  try {
    const certificate = new NodeCertificate(pair.certificate);
    const bears = (host: string) => (isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host));
    return hosts.every(bears) && expiry(pair) > now && certificate.checkPrivateKey(createPrivateKey(pair.key));
  } catch {
    return false;
  }
}

function unexpired(authorities: string, now: Date): string[] {
  const all = authorities.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g) ?? [];
  return all.filter((certificate) => expiry({ certificate, key: '' }) > now).map(pem);
}

/** 127 random bits: positive, and never the same twice. */
function serialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}

function pem(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}
