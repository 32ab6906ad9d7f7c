/** What `watched-modules.ts` calls: wraps the functions and classes through which something leaves. */
import type { SecretWatch } from './watch.ts'

type Work = (...args: unknown[]) => unknown
type Member = Record<string | symbol, unknown>

/** The methods whose purpose is to return a token. Only their errors are searched. */
const GIVES_THE_TOKEN = new Set(['tokenText', 'exchange'])

export function wrapWith(watch: SecretWatch) {
  return (as: string, name: string, value: unknown): unknown => {
    if (as === 'class' || as === 'presented') {
      const { prototype } = value as { prototype: Member }
      return watchMethods(watch, as === 'class' ? name : undefined, prototype)
    }
    if (as === 'store')
      return watchArguments(watch, name, (value as { prototype: Member }).prototype)
    const work = value as Work
    if (as === 'function') return watch.results(name, work)
    if (as === 'printer') return printing(watch, name, work)
    return as === 'calls' ? calling(watch, name, work) : making(watch, name, work, as === 'maker')
  }
}

/** A maker: its options have secrets, and what it makes can be inspected. */
function making(watch: SecretWatch, name: string, make: Work, withMethods: boolean): Work {
  return (...args) => {
    for (const options of args) watch.options(options)
    let made: Member
    try {
      made = make(...args) as Member
    } catch (error) {
      watch.leaves(`the error of ${name}`, error)
      throw error
    }
    watch.inspectable(`what ${name} makes`, made)
    if (withMethods) watchMembers(watch, name, made)
    return made
  }
}

/** Registers the credentials that a method gets. */
function registering(watch: SecretWatch, key: string, method: Work): Work {
  if (key === 'verify' || key === 'explain') {
    return function given(this: unknown, ...args: unknown[]) {
      watch.presented(args[0])
      return method.apply(this, args)
    }
  }
  if (key !== 'check' && key !== 'authenticate') return method
  return function given(this: unknown, ...args: unknown[]) {
    watch.request(args[0])
    return method.apply(this, args)
  }
}

function watchMembers(watch: SecretWatch, name: string, made: Member): void {
  for (const [key, own] of Object.entries(Object.getOwnPropertyDescriptors(made))) {
    if (!own.writable || typeof own.value !== 'function' || own.value.prototype !== undefined)
      continue
    const method = own.value as Work
    if (GIVES_THE_TOKEN.has(key)) made[key] = failing(watch, `${name}: ${key}`, method)
    // The guard of an adapter, and an endpoint: their own methods answer.
    else if (key === 'guard' || key === 'endpointFor') {
      made[key] = (...args: unknown[]) => {
        const given = method.apply(made, args)
        return given === undefined ? given : answering(watch, given as Member)
      }
    } else made[key] = watch.results(`${name}: ${key}`, registering(watch, key, method))
  }
}

const answered = new WeakSet<object>()

/** The same object. What its `check`, `decide` and `answer` return is searched. */
function answering(watch: SecretWatch, made: Member): Member {
  if (answered.has(made)) return made
  answered.add(made)
  for (const key of ['check', 'decide', 'answer']) {
    const method = made[key]
    if (typeof method !== 'function') continue
    try {
      const work = registering(watch, key, (method as Work).bind(made))
      made[key] = watch.results(`the answer of ${key}`, work)
    } catch {
      // A frozen endpoint stays as it is.
    }
  }
  return made
}

/** Wraps a function: only its errors are searched. */
function failing(watch: SecretWatch, name: string, work: Work): Work {
  return (...args) => {
    const result = work(...args)
    if (result instanceof Promise) {
      result.catch((error) => watch.leaves(`the error of ${name}`, error))
    }
    return result
  }
}

/** @param name of the class; `undefined` if results are not searched */
function watchMethods(watch: SecretWatch, name: string | undefined, prototype: Member): void {
  for (const key of Object.getOwnPropertyNames(prototype)) {
    const own = Object.getOwnPropertyDescriptor(prototype, key)
    if (key === 'constructor' || typeof own?.value !== 'function') continue
    const method = registering(watch, key, own.value)
    prototype[key] = name === undefined ? method : watch.results(`${name}.${key}`, method)
  }
}

/** The keys and values of a store: the arguments of all methods, and of the methods of a log. */
function watchArguments(watch: SecretWatch, name: string, prototype: Member): void {
  for (const key of Object.getOwnPropertyNames(prototype)) {
    const own = Object.getOwnPropertyDescriptor(prototype, key)
    if (key === 'constructor' || typeof own?.value !== 'function') continue
    const method = own.value as Work
    prototype[key] = function stored(this: unknown, ...args: unknown[]) {
      watch.stored(`${name}.${key}`, args)
      const result = method.apply(this, args)
      const log = result as { append?: Work } | undefined
      if (key === 'log' && typeof log?.append === 'function') {
        const append = log.append.bind(log)
        log.append = (...texts) => {
          watch.stored(`${name}: log`, texts)
          return append(...texts)
        }
      }
      return result
    }
  }
}

/** What a command prints, and its errors. */
function printing(watch: SecretWatch, name: string, run: Work): Work {
  return (args, context) => {
    const given = context as Record<string, unknown>
    const searched = (key: string) => (text: unknown) => {
      watch.leaves(`${key} of ${name}`, text)
      return (given[key] as Work)(text)
    }
    return run(args, { ...given, print: searched('print'), complain: searched('complain') })
  }
}

function calling(watch: SecretWatch, name: string, make: Work): Work {
  return (...args) => {
    const client = make(...args) as Record<string, Work>
    const call = client.call as Work
    client.call = failing(watch, name, (sent) => {
      watch.outbound(sent as Parameters<SecretWatch['outbound']>[0])
      return call(sent)
    })
    return client
  }
}
