import { describe, expect, it } from 'vitest'
import { type Examination, examineAll } from '../../../src/doctor/examination.ts'
import { findingOf, goodFinding } from '../../../src/doctor/finding.ts'
import { redactorOf } from '../../../src/doctor/redacted-secrets.ts'

const options = {
  progress() {},
  signal: new AbortController().signal,
  redact: (text: string) => text,
}
const good: Examination = {
  title: 'good',
  examine: async (report) => report(goodFinding('GOOD', 'x')),
}

describe('the examinations', () => {
  it('end when the time is over, also if one hangs and reports too late', async () => {
    const over = new AbortController()
    let late: (() => void) | undefined
    const hanging: Examination = {
      title: 'the hanging one',
      examine(report) {
        late = () => report(goodFinding('LATE', 'x'))
        over.abort(new Error('over'))
        return new Promise<void>(() => {})
      },
    }
    const titles: string[] = []
    const findings = await examineAll([good, hanging, good], {
      ...options,
      progress: (title) => titles.push(title),
      signal: over.signal,
    })
    late?.()
    expect(findings.map(({ code }) => code)).toEqual(['GOOD', 'TIME_OVER'])
    expect(findings[1]?.seen).toContain('the hanging one, good')
    expect(titles).toEqual(['good', 'the hanging one'])
  })

  it('go on after one that fails, and say nothing of what its error says', async () => {
    const failing: Examination = {
      title: 'the failing one',
      examine: () => Promise.reject(new RangeError('the secret')),
    }
    const findings = await examineAll([failing, good], options)
    expect(findings.map(({ code }) => code)).toEqual(['EXAMINATION_FAILED', 'GOOD'])
    expect(findings[0]?.seen).toBe('the failing one: RangeError')
  })

  it('leave out what is not needed', async () => {
    const needless = { ...good, isNeeded: () => false }
    expect(await examineAll([needless], options)).toEqual([])
  })
})

describe('a finding', () => {
  const CATALOGUE = {
    BAD: { severity: 'fault', meaning: 'It is bad.', remedy: 'Mend it.' },
  } as const

  it('has one line that draws nothing on a terminal, and an end', () => {
    const { seen } = findingOf(CATALOGUE, 'BAD', `a\u001b[31m\nb\u202e${'x'.repeat(10_000)}`)
    expect(seen).toMatch(/^a\?\[31m\?b\?x+…$/)
    expect(seen.length).toBeLessThan(700)
    expect(goodFinding('GOOD', 'a\u009b').seen).toBe('a?')
  })
})

describe('S1.7: secrets in a report', () => {
  const secret = 'p@ss word/1'
  const redact = redactorOf([secret, 'a-token-of-some-length'])

  it.each([
    secret,
    encodeURIComponent(secret),
    Buffer.from(`the%20client:${encodeURIComponent(secret)}`).toString('base64'),
    Buffer.from(`the%20client:${secret}`).toString('base64'),
    'a-token-of-some-length',
    'a-token-of-some',
  ])('%s is removed', (text) => {
    expect(redact(`before ${text} after`)).toMatch(/^before .*\[\w+\].* after$/)
    expect(redact(`before ${text} after`)).not.toContain(text)
  })

  it('nothing else is', () => {
    expect(redact('the token of the client')).toBe('the token of the client')
  })
})
