import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { beforeEach, describe, expect, it } from 'vitest'
import { startAuthorizationServer } from '../../examples/demo/authorization-server.ts'
import { embeddedAuthorizationServer } from '../../examples/demo/page/embedded-authorization-server.ts'
import { startDemoPage } from '../../examples/demo/page/start-demo-page.ts'
import { startChromium } from '../support/chromium.ts'
import { undoAfterAll } from '../support/undo.ts'
import { type Looks, openDemoPage } from './support/open-demo-page.ts'

const stop = undoAfterAll()
const demo = await startDemoPage()
stop.push(() => demo.close())
const browser = await startChromium()
stop.push(() => browser.close())

/** The page, where nothing has happened yet. */
async function open(looks?: Looks) {
  const opened = await openDemoPage(browser, demo.url, looks)
  await opened.press('Reset', 'as at the beginning')
  return opened
}

const region = (name: string) => ({ name, exact: true })

describe('the page to look at', () => {
  it('MCP-7 MCP-10: signs in, calls a tool, and steps up, each by the stock client', async () => {
    const { page, press, decided, faults } = await open()
    await press('Sign in', 'Signed in')
    await expect.poll(decided).toEqual(['401 credentials_missing', '200', '200'])
    const client = page.getByRole('region', region('Client'))
    expect(await client.textContent()).toMatch(/Signed in as demo-user.*demo-page.*mcp:tools.*DPoP/)

    await press('Call a tool', 'add_numbers(2, 3) returned 5.')
    await expect.poll(decided).toEqual(['200'])

    await press('Step up', 'returned cleared')
    const kinds = async () => [...new Set(await decided())]
    await expect.poll(kinds).toEqual(['403 scope_missing', '200'])
    expect(await client.locator('.facts').textContent()).toContain('mcp:admin')
    expect(faults).toEqual([])
  })

  it.each([
    ['No token', ['401 credentials_missing'], 'where to sign in'],
    ['Expired token', ['401 token_expired'], 'its time is over'],
    ['Wrong audience', ['401 audience_mismatch'], 'another API'],
    [
      'Stolen bound token',
      ['401 sender_constraint_unmet', '401 dpop_key_mismatch'],
      'it was copied',
    ],
  ] as const)('%s: refused, signed in or not, and says why', async (button, expected, why) => {
    const { page, press, decided, faults } = await open()
    await press(button, /Refused|The thief gets 401/)
    await expect.poll(decided).toEqual(expected)
    await press('Sign in', 'Signed in')
    await press(button, /Refused|The thief gets 401/)
    await expect.poll(decided).toEqual(expected)

    const gate = page.getByRole('region', region('What the gate decided'))
    const decision = gate.locator(`[data-reason=${expected[0].split(' ')[1]}]`).first()
    for (const word of [why, 'What the caller was told', 'WWW-Authenticate: Bearer']) {
      await decision.filter({ hasText: word }).waitFor()
    }
    // The same id on both sides.
    const id = await decision.getAttribute('data-correlation-id')
    const client = page.getByRole('region', region('Client'))
    await client.locator(`a[href="#decision-${id}"]`).waitFor()
    // The client is still signed in: an attacker harms nobody else.
    await press('Call a tool', 'returned 5.')
    expect(faults).toEqual([])
  })

  it('a logout at the authorization server refuses the next call, and ends the stream', async () => {
    const { page, press, decided, faults } = await open()
    await press('Open stream', 'The event stream is open')
    await press('Log out', 'the next call with its token was refused at once')
    await expect.poll(decided).toEqual(['401 token_revoked'])
    const gate = page.getByRole('region', region('What the gate decided'))
    await gate.getByText('open event streams of revoked tokens were ended: 1').waitFor()
    expect(await page.getByRole('region', region('Client')).textContent()).toContain('Signed out')
    await press('Call a tool', 'returned 5.')
    await expect.poll(decided).toEqual(['401 credentials_missing', '200', '200'])
    expect(faults).toEqual([])
  })

  it('in an outage known keys go on, an unknown key gets 503, and nobody can sign in', async () => {
    const { page, press, decided, faults } = await open()
    await press('Sign in', 'Signed in')
    await press('Authorization server down', 'The authorization server is down')
    await expect.poll(decided).toEqual(['200', '503 key_set_unavailable'])
    const unavailable = page.locator('[data-reason=key_set_unavailable]')
    await unavailable.filter({ hasText: /Retry-After.*asked for key set/ }).waitFor()
    await press('Step up', 'Nobody can sign in while the authorization server is down.')
    await expect.poll(decided).toEqual(['403 scope_missing'])
    await press('Authorization server up', 'is up again')
    // The gate asks for the new key again after a pause. Until then it answers 503, and the reader tries again.
    const stepUp = async () => {
      await press('Step up', /returned cleared|HTTP 503/)
      return page.getByRole('status').textContent()
    }
    await expect.poll(stepUp).toContain('returned cleared')
    expect(faults).toEqual([])
  })

  it('shows the requests of other programs too', async () => {
    const { page } = await open()
    await fetch(demo.resource, { method: 'POST' })
    await page.locator('[data-reason=credentials_missing]').waitFor()
    await page.reload()
    await page.locator('[data-reason=credentials_missing]').waitFor()
  })

  it('works with the keyboard alone', async () => {
    const { page, decided } = await open()
    await page.getByRole('heading', { level: 1 }).click()
    const focused = () => page.evaluate('document.activeElement.textContent')
    for (let steps = 0; (await focused()) !== 'Call a tool' && steps < 20; steps++) {
      await page.keyboard.press('Tab')
    }
    await page.keyboard.press('Enter')
    await page.getByRole('status').filter({ hasText: 'returned 5.' }).waitFor()
    await expect.poll(decided).toContain('200')
    // The focus is back after the way to the authorization server.
    await expect.poll(focused).toBe('Call a tool')
    expect(await page.locator('[aria-live=polite]').count()).toBe(1)
  })

  it.each([
    { width: 1280, colorScheme: 'light' },
    { width: 390, colorScheme: 'dark' },
    { width: 360, colorScheme: 'light' },
  ] as const)('fits: $width px, $colorScheme', async (looks) => {
    const { page, press } = await open(looks)
    await press('Step up', 'returned cleared')
    await press('Stolen bound token', 'The thief gets 401')
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(looks.width)
    const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor')
    const [red = 0] = String(ground).match(/\d+/g)?.map(Number) ?? []
    expect(red > 128).toBe(looks.colorScheme === 'light')
  })
})

describe('the page keeps secrets', () => {
  it('S1.7: no token is in the document, the address, the events, or the storage that is not the client’s', async () => {
    const { page, press, secrets } = await open()
    await press('Step up', 'returned cleared')
    await press('Expired token', 'Refused')
    await press('Stolen bound token', 'The thief gets 401')
    await press('Log out', 'refused at once')
    await press('Sign in', 'Signed in')
    expect(secrets.size).toBeGreaterThan(8)

    const events = await page.evaluate(`(async () => {
      const reader = (await fetch('/events')).body.getReader()
      let text = ''
      for (let size = -1; size !== text.length && !text.endsWith('END'); ) {
        size = text.length
        const late = new Promise((resolve) => setTimeout(resolve, 500, { done: true }))
        const { value, done } = await Promise.race([reader.read(), late])
        if (!done) text += new TextDecoder().decode(value)
      }
      await reader.cancel()
      return text
    })()`)
    expect(events).toContain('sender_constraint_unmet')
    const storage = (await page.evaluate('({ ...localStorage, ...sessionStorage })')) as Record<
      string,
      string
    >
    const { tokens, verifier, discovery, ...others } = storage
    expect(tokens).toBeDefined()
    expect([verifier, discovery]).not.toContain('ey')
    const places = { html: await page.content(), url: page.url(), events, others }
    const everything = JSON.stringify(places)
    for (const secret of secrets) expect(everything).not.toContain(secret)
    expect(everything).not.toMatch(/eyJ[\w-]+\.[\w-]+\./)
  })

  it('asks nobody but the three servers of the demo, and allows no script but its own', async () => {
    const { page, press, requested } = await open()
    await press('Sign in', 'Signed in')
    const answer = await page.request.get(demo.url)
    const policy = answer.headers()['content-security-policy'] ?? ''
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
    expect(policy).not.toMatch(/unsafe|\*/)
    const [, connect = ''] = /connect-src 'self' ([^;]+)/.exec(policy) ?? []
    const own = [new URL(demo.url).origin, ...connect.split(' ')]
    expect(own).toHaveLength(3)
    expect(new Set(own).size).toBe(3)
    expect(new Set(requested.map(({ origin }) => origin))).toEqual(new Set(own))
  })

  it('gives other pages and other host names neither tokens nor decisions', async () => {
    const post = { method: 'POST', path: '/actions/bound-token' }
    expect(await ask(post)).toBe('403 ')
    expect(await ask({ ...post, site: 'cross-site' })).toBe('403 ')
    expect(await ask({ ...post, site: 'same-site' })).toBe('403 ')
    expect(await ask({ ...post, site: 'same-origin', host: 'evil.example' })).toBe('403 ')
    expect(await ask({ path: '/events', site: 'same-site' })).toBe('403 ')
    expect(await ask({ path: '/settings', host: 'evil.example' })).toBe('403 ')
    expect(await ask({ ...post, path: '/actions/nothing', site: 'same-origin' })).toBe('404 ')
  })
})

describe('another authorization server', () => {
  let url: string
  beforeEach(async () => {
    const other = await startDemoPage({
      authorizationServer: async (place) => ({
        ...(await embeddedAuthorizationServer(await startAuthorizationServer(), place)),
        expiredToken: { because: 'its shortest token lives for an hour.' },
        outage: { because: 'it serves others too.' },
      }),
    })
    stop.push(() => other.close())
    url = other.url
  })

  it('a button that it cannot serve is disabled, and says why', async () => {
    const { page, press } = await openDemoPage(browser, url)
    const described = async (name: string) => {
      const button = page.getByRole('button', { name, exact: true })
      expect(await button.isDisabled()).toBe(true)
      return page.locator(`#${await button.getAttribute('aria-describedby')}`).textContent()
    }
    expect(await described('Expired token')).toContain('its shortest token lives for an hour.')
    expect(await described('Authorization server down')).toContain('it serves others too.')
    await press('Wrong audience', 'Refused')
  })
})

/** Asks the page's server as a program that sets any header field. Returns status and body. */
async function ask({ method = 'GET', path = '/', site = '', host = '' }): Promise<string> {
  const headers = { ...(site ? { 'sec-fetch-site': site } : {}), ...(host ? { host } : {}) }
  const { resolve, reject, promise } = Promise.withResolvers<string>()
  request(new URL(path, demo.url), { method, headers }, async (answer) =>
    resolve(`${answer.statusCode} ${await text(answer)}`),
  )
    .on('error', reject)
    .end()
  return promise
}
