import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { runCommand } from './command.ts'
import type { Java } from './java.ts'
import { FEATURES, VERSIONS } from './versions.ts'

/** Git ignores it. */
const CACHE = resolve(import.meta.dirname, '../../.cache/keycloak')

/** The name tells how it was built, so that a Keycloak in the cache that was built otherwise is not used. */
const homeOf = (version: string): string => join(CACHE, `${version}-mtls-ssf`)

const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy'

/** An unpacked Keycloak that is built for `start --optimized`. */
export interface Distribution {
  readonly version: string
  readonly home: string
}

/** The distribution from the cache, or by Maven, built with the options that are fixed at build. */
export async function prepareDistribution(
  java: Java,
  say: (line: string) => void,
  features: readonly string[] = FEATURES,
  versions: readonly string[] = VERSIONS,
): Promise<Distribution> {
  mkdirSync(CACHE, { recursive: true })
  const cached = versions.find((version) => existsSync(homeOf(version)))
  const version = cached ?? (await download(versions, java, say))
  const home = homeOf(version)
  return { version, home: features === FEATURES ? home : await rebuilt(home, features, java, say) }
}

/** Features are fixed at build, so other features are another copy. */
async function rebuilt(
  home: string,
  features: readonly string[],
  java: Java,
  say: (line: string) => void,
): Promise<string> {
  const copy = `${home}-with-${features.join('-')}`
  if (existsSync(copy)) return copy
  const work = mkdtempSync(join(CACHE, 'incomplete-'))
  try {
    cpSync(home, work, { recursive: true })
    await build(work, java, say, features)
    renameSync(work, copy)
    return copy
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Under its final name a distribution is complete: everything before happens beside it. */
async function download(
  versions: readonly string[],
  java: Java,
  say: (line: string) => void,
): Promise<string> {
  const work = mkdtempSync(join(CACHE, 'incomplete-'))
  try {
    for (const version of versions) {
      if (!(await fetchArchive(version, work, say))) continue
      say(`Unpacking Keycloak ${version}`)
      const archive = join(work, `keycloak-quarkus-dist-${version}.tar.gz`)
      await mustRun('tar', ['-xzf', archive, '-C', work], 'Unpacking', say)
      rmSync(archive)
      const home = join(work, `keycloak-${version}`)
      await build(home, java, say)
      renameSync(home, homeOf(version))
      return version
    }
    throw new Error(`Maven knows none of the Keycloak versions ${versions.join(', ')}.`)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** @returns whether Maven has that version */
async function fetchArchive(
  version: string,
  folder: string,
  say: (line: string) => void,
): Promise<boolean> {
  say(`Downloading Keycloak ${version} by Maven (about 170 MB)`)
  const artifact = `org.keycloak:keycloak-quarkus-dist:${version}:tar.gz`
  const args = ['-B', '-ntp', COPY, `-Dartifact=${artifact}`, `-DoutputDirectory=${folder}`]
  const { code, output } = await runCommand('mvn', args, { what: 'Downloading', say }).catch(() => {
    throw new Error(
      'Maven (mvn) is not there. Install Maven, or start Docker, or name a running Keycloak in KEYCLOAK_URL.',
    )
  })
  if (code === 0) return true
  if (/Could not find artifact|was not found in/.test(output)) {
    say(`Maven has no Keycloak ${version}`)
    return false
  }
  const reason = /^\[ERROR\] (.*)$/m.exec(output)?.[1] ?? output.slice(-500)
  throw new Error(`The download of Keycloak ${version} was refused: ${reason}`)
}

/**
 * What `start-dev` does at every start is done once, and a start takes a third of the time. The
 * file database is for trying things out; so is everything here.
 */
async function build(
  home: string,
  java: Java,
  say: (line: string) => void,
  features: readonly string[] = FEATURES,
): Promise<void> {
  say(`Building Keycloak with Java ${java.major} (once)`)
  await mustRun(
    join(home, 'bin/kc.sh'),
    [
      'build',
      '--db=dev-file',
      '--cache=local',
      '--health-enabled=true',
      // Over https a client may show a certificate. Without https this changes nothing.
      '--https-client-auth=request',
      `--features=${features.join(',')}`,
    ],
    'Building',
    say,
    { ...process.env, JAVA_HOME: java.home },
  )
}

async function mustRun(
  command: string,
  args: readonly string[],
  what: string,
  say: (line: string) => void,
  env = process.env,
): Promise<void> {
  const { code, output } = await runCommand(command, args, { what, say, env })
  if (code !== 0) throw new Error(`${what} failed (${command} ended with ${code}):\n${output}`)
}
