// Verifies a document's eddsa-jcs-2022 proof, and reads its status, with nothing of ours.
//
// Reads {"document": text, "keys": {id: multikey}, "lists": {url: document}} on standard input and
// writes {"holds": boolean, "status": {purpose: bit}} on standard output. `lists` may be missing.
import {webcrypto} from 'node:crypto';
import {text} from 'node:stream/consumers';

import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import canonicalize from 'canonicalize';

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const {subtle} = webcrypto;

function multibase(value) {
  if (value[0] !== 'z') throw new Error('not base58btc');
  let number = 0n;
  for (const digit of value.slice(1)) {
    const worth = ALPHABET.indexOf(digit);
    if (worth < 0) throw new Error('not base58btc');
    number = number * 58n + BigInt(worth);
  }
  const bytes = [];
  for (; number > 0n; number >>= 8n) bytes.unshift(Number(number & 255n));
  for (let i = 1; value[i] === '1'; i += 1) bytes.unshift(0);
  return Uint8Array.from(bytes);
}

async function digest(value) {
  const written = new TextEncoder().encode(canonicalize(value));
  return new Uint8Array(await subtle.digest('SHA-256', written));
}

async function holds({proof, ...document}, keys) {
  const {proofValue, ...options} = proof;
  const multikey = multibase(keys[proof.verificationMethod]);
  if (multikey[0] !== 0xed || multikey[1] !== 0x01) throw new Error('not an Ed25519 key');
  const key = await subtle.importKey('raw', multikey.slice(2), 'Ed25519', false, ['verify']);
  const signed = new Uint8Array([...(await digest(options)), ...(await digest(document))]);
  return subtle.verify('Ed25519', key, multibase(proofValue), signed);
}

async function status(credential, lists) {
  const found = await checkStatus({
    credential,
    documentLoader: async (url) => ({document: lists[url]}),
    verifyBitstringStatusListCredential: false, // our own `holds` has verified it
    verifyMatchingIssuers: false, // the service signs its lists for every certifier
  });
  if (!found.verified) throw found.error ?? new Error('not verified');
  return Object.fromEntries(
    found.results.map((result) => [result.credentialStatus.statusPurpose, result.status]),
  );
}

const asked = JSON.parse(await text(process.stdin));
const answer = {};
try {
  const document = JSON.parse(asked.document);
  answer.holds = await holds(document, asked.keys);
  if (asked.lists) answer.status = await status(document, asked.lists);
} catch (failed) {
  answer.holds ??= false;
  answer.failed = String(failed);
}
process.stdout.write(JSON.stringify(answer));
