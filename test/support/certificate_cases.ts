import { type Certificate, type CertificateWish, makeCertificate } from './certificates.js';

/** A certificate of a service, and whether a C program, connect() and serviceRequest() accept it. All refuse it with -7. */
export interface CertificateCase {
  readonly name: string;
  readonly host: 'localhost' | '127.0.0.1';
  readonly key: string;
  /** The certificate of the service, and the intermediate ones. */
  readonly cert: string;
  /** SHA-256 of its public key. */
  readonly pin: string;
  /** The authority that programs trust, in PEM. */
  readonly ca: string;
  /** What the log of a C program and the error of a Node program contain; undefined: the certificate is accepted. */
  readonly refused?: { readonly c: RegExp; readonly node: RegExp };
  /** Why a C program that trusts the key alone refuses it; undefined: it is accepted. */
  readonly refusedByPin?: RegExp;
}

const NAMES = { dns: ['localhost'], addresses: ['127.0.0.1'] } as const;
const EXPIRED = { c: /it expired at 2\d\d\d-.*; renew it/, node: /certificate expired: renew it/ };
const EARLY = { c: /it is not valid before 2\d\d\d-.*clock/, node: /is not valid yet: set the clock/ };
const OTHER_HOST = { c: /it is for another host.*; use a host name/, node: /is for another host: use a host name/ };
const NAMELESS = { c: /it has no subjectAltName; get one/, node: /has no subjectAltName: get one/ };
const WEAK_KEY = {
  c: /keys is too weak; use RSA of at least 2048/,
  node: /keys is too weak: use RSA of at least 2048/,
};
const WEAK_HASH = { c: /signed with a hash that is too weak; get/, node: /signed with a hash that is too weak: get/ };
const UNKNOWN = { c: /authority is not trusted: .*; trust/, node: /not signed by a trusted authority: pass/ };
const SELF_SIGNED = { c: /it is self-signed.*pin its key/, node: /not signed by a trusted authority: pass/ };
const BAD_USAGE = { c: /key usage does not allow a server; get/, node: /key usage .*does not allow a server: get/ };

type Row = readonly [name: string, host: CertificateCase['host'], wish: Partial<CertificateWish>, refused?: Refusal];
type Refusal = NonNullable<CertificateCase['refused']>;

/** Makes the certificates and their keys, which takes a moment. */
export function certificateCases(): readonly CertificateCase[] {
  const root = makeCertificate({ subject: 'Root of the cases', authority: true });
  const stranger = makeCertificate({ subject: 'Root of others', authority: true });
  const between = (subject: string, wish: Partial<CertificateWish> = {}): Certificate =>
    makeCertificate({ subject, authority: true, by: root, ...wish });
  const good = between('Good intermediate');
  const sha1 = between('Intermediate by SHA-1', { hash: 'sha1' });
  const rsa1024 = between('Intermediate with RSA-1024', { keyKind: 'RSA-1024' });
  const p224 = between('Intermediate with P-224', { keyKind: 'P-224' });
  const intermediates = [good, sha1, rsa1024, p224];

  const signed: readonly Row[] = [
    ['good, for a name', 'localhost', NAMES],
    ['good, for an address', '127.0.0.1', NAMES],
    ['with a key RSA-2048', 'localhost', { ...NAMES, keyKind: 'RSA-2048' }],
    ['with a key P-384', 'localhost', { ...NAMES, keyKind: 'P-384' }],
    ['by an intermediate', 'localhost', { ...NAMES, by: good }],
    ['without subjectAltName', 'localhost', { subject: 'localhost' }, NAMELESS],
    ['without subjectAltName, for an address', '127.0.0.1', { subject: '127.0.0.1' }, NAMELESS],
    ['with the name in the subject only', 'localhost', { subject: 'localhost', dns: ['other.test'] }, OTHER_HOST],
    ['with an address and a subject', 'localhost', { subject: 'localhost', addresses: ['127.0.0.1'] }, OTHER_HOST],
    ['for another address', '127.0.0.1', { dns: ['127.0.0.1'], addresses: ['127.0.0.2'] }, OTHER_HOST],
    ['with a wildcard below the name', 'localhost', { dns: ['*.localhost'] }, OTHER_HOST],
    ['with a wildcard for everything', 'localhost', { dns: ['*'] }, OTHER_HOST],
    ['expired', 'localhost', { ...NAMES, fromDays: -3, toDays: -2 }, EXPIRED],
    ['not yet valid', 'localhost', { ...NAMES, fromDays: 1, toDays: 2 }, EARLY],
    ['with a key RSA-1024', 'localhost', { ...NAMES, keyKind: 'RSA-1024' }, WEAK_KEY],
    ['by an intermediate with RSA-1024', 'localhost', { ...NAMES, by: rsa1024 }, WEAK_KEY],
    ['by an intermediate with P-224', 'localhost', { ...NAMES, by: p224 }, WEAK_KEY],
    ['signed with SHA-1', 'localhost', { ...NAMES, hash: 'sha1' }, WEAK_HASH],
    ['by an intermediate that is signed with SHA-1', 'localhost', { ...NAMES, by: sha1 }, WEAK_HASH],
    ['by an unknown authority', 'localhost', { ...NAMES, by: stranger }, UNKNOWN],
    ['for clients', 'localhost', { ...NAMES, forClients: true }, BAD_USAGE],
  ];
  /** The faults that matter also if the key is pinned. */
  const refusedByPin: Readonly<Record<string, RegExp>> = {
    'with a key RSA-1024': WEAK_KEY.c,
    'by an intermediate with RSA-1024': WEAK_KEY.c,
    'by an intermediate with P-224': WEAK_KEY.c,
    'for clients': BAD_USAGE.c,
  };
  const bySignature = signed.map(([name, host, wish, refused]): CertificateCase => {
    const leaf = makeCertificate({ subject: 'service', by: root, ...wish });
    const { by } = wish;
    const chain = by !== undefined && intermediates.includes(by) ? leaf.cert + by.cert : leaf.cert;
    const identity = { key: leaf.key, cert: chain, pin: leaf.pin };
    const byPin = refusedByPin[name];
    return {
      ...{ name, host, ...identity, ca: root.cert },
      ...(refused === undefined ? {} : { refused }),
      ...(byPin === undefined ? {} : { refusedByPin: byPin }),
    };
  });

  const self = makeCertificate({ subject: 'self', ...NAMES });
  const selfSha1 = makeCertificate({ subject: 'self by SHA-1', ...NAMES, hash: 'sha1' });
  const host = 'localhost';
  return [
    ...bySignature,
    { name: 'self-signed and trusted', host, ...self, ca: self.cert },
    { name: 'self-signed with SHA-1 and trusted', host, ...selfSha1, ca: selfSha1.cert },
    {
      name: 'self-signed',
      host,
      ...makeCertificate({ subject: 'other', ...NAMES }),
      ca: root.cert,
      refused: SELF_SIGNED,
    },
  ];
}
