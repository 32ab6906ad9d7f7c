/**
 * Compares the verdicts about one signature: `node:crypto` on this thread, WebCrypto, and jose. The key is
 * imported once, by jose, for all three.
 */
import { constants, sign } from 'node:crypto'
import { type CryptoKey, compactVerify } from 'jose'
import { waysToVerify } from '../../src/jws/signature.ts'
import { importKey } from '../../src/jws/verification-key.ts'
import { createTestKey } from '../../src/testing/create-test-key.ts'
import { pick, type Random, randomFrom } from '../support/differential/random-uris.ts'
import { DAMAGES, type SignedText } from './damaged-signatures.ts'

export const ALGORITHMS = [
  ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const),
  ...(['ES256', 'ES384', 'ES512', 'EdDSA'] as const),
]

/** Each algorithm several times. ES384 and ES512 come once, because they take ten times as long. */
const WEIGHTED = ALGORITHMS.flatMap((name) =>
  Array.from({ length: /^ES(?:384|512)$/.test(name) ? 1 : 6 }, () => name),
)

export interface SignatureCounts {
  /** For each algorithm and damage: how many were compared, and how many of them were valid. */
  readonly compared: Map<string, { total: number; valid: number }>
  readonly disagreements: string[]
}

interface Subject {
  readonly key: CryptoKey
  readonly ways: ReturnType<typeof waysToVerify>
  readonly texts: readonly SignedText[]
}

export async function compareSignatures(
  count: number,
  seed: number,
  goOn: (done: number) => boolean = () => true,
): Promise<SignatureCounts> {
  const random = randomFrom(seed)
  const subjects = new Map<string, Subject>()
  for (const name of ALGORITHMS) subjects.set(name, await subjectFor(name, random))
  const compared: SignatureCounts['compared'] = new Map()
  const disagreements: string[] = []
  const compareOne = async (): Promise<void> => {
    const name = pick(random, WEIGHTED)
    const subject = subjects.get(name)
    if (subject === undefined) return
    const text = pick(random, subject.texts)
    const [damage, change] = pick(random, Object.entries(DAMAGES))
    const { signed, signature } = change(text, random)
    const { ways, key } = subject
    const here = ways.here?.(signed, signature)
    const [elsewhere, jose] = await Promise.all([
      ways.elsewhere(signed, signature),
      joseSays(key, name, signed, signature),
    ])
    const place = `${name}: ${damage}`
    const line = compared.get(place) ?? { total: 0, valid: 0 }
    compared.set(place, line)
    line.total += 1
    if (elsewhere) line.valid += 1
    if (here !== elsewhere || (jose !== undefined && jose !== elsewhere)) {
      disagreements.push(
        `${place}: node:crypto ${here}, WebCrypto ${elsewhere}, jose ${jose}; ${signed.toString('hex')} ${signature.toString('hex')}`,
      )
    }
  }
  for (let done = 0; done < count && goOn(done); ) {
    const batch = Math.min(64, count - done)
    await Promise.all(Array.from({ length: batch }, compareOne))
    done += batch
  }
  return { compared, disagreements }
}

/** What jose says. `undefined` if the header is damaged, so that jose cannot find the algorithm. */
async function joseSays(
  key: CryptoKey,
  algorithm: string,
  signed: Buffer,
  signature: Buffer,
): Promise<boolean | undefined> {
  const token = `${signed.toString('latin1')}.${signature.toString('base64url')}`
  try {
    await compactVerify(token, key, { algorithms: [algorithm] })
    return true
  } catch (error) {
    const { code } = error as { code?: string }
    return code === 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' ? false : undefined
  }
}

async function subjectFor(name: (typeof ALGORITHMS)[number], random: Random): Promise<Subject> {
  const { publicKey, privateKey } = createTestKey({ algorithm: name })
  const algorithm = name === 'EdDSA' ? 'Ed25519' : name
  const key = await importKey({ ...publicKey }, algorithm)
  if (key === undefined) throw new Error(`no key for ${name}`)
  const header = Buffer.from(JSON.stringify({ alg: name })).toString('base64url')
  const signText = (signed: Buffer): Buffer => {
    const digest = algorithm === 'Ed25519' ? null : `sha${name.slice(2)}`
    const saltLength = constants.RSA_PSS_SALTLEN_DIGEST
    return sign(digest, signed, {
      key: privateKey,
      dsaEncoding: 'ieee-p1363',
      ...(name.startsWith('PS') ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength } : {}),
    })
  }
  const texts = Array.from({ length: 32 }, (_, at): SignedText => {
    const of = (what: string) => {
      const payload = JSON.stringify({ what, at, random: random() })
      return Buffer.from(`${header}.${Buffer.from(payload).toString('base64url')}`)
    }
    const signed = of('this')
    return {
      algorithm,
      privateKey,
      signed,
      signature: signText(signed),
      other: signText(of('other')),
    }
  })
  return { key: key.key, ways: waysToVerify(key), texts }
}
