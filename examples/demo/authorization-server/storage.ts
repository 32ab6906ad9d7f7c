import type { Adapter, AdapterPayload } from 'oidc-provider'

interface Entry {
  readonly payload: AdapterPayload
  readonly expiresAt: number
}

/** The authorization server's data, in memory: clients, sessions, codes, grants, tokens. */
export class Storage {
  readonly #entries = new Map<string, Entry>()

  /** One view for each kind of record, as oidc-provider expects it. */
  adapter = (model: string): Adapter => {
    const key = (id: string) => `${model}:${id}`
    return {
      upsert: async (id, payload, expiresIn) => {
        const expiresAt = expiresIn === undefined ? Infinity : Date.now() + expiresIn * 1000
        this.#sweep()
        this.#entries.set(key(id), { payload, expiresAt })
      },
      find: async (id) => this.#find(key(id)),
      findByUid: async (uid) => this.#search(model, (payload) => payload.uid === uid),
      findByUserCode: async (code) => this.#search(model, (payload) => payload.userCode === code),
      consume: async (id) => {
        const payload = this.#find(key(id))
        if (payload) payload.consumed = Math.floor(Date.now() / 1000)
      },
      destroy: async (id) => void this.#entries.delete(key(id)),
      revokeByGrantId: async (grantId) => {
        for (const [name, { payload }] of this.#entries) {
          if (name.startsWith(`${model}:`) && payload.grantId === grantId) {
            this.#entries.delete(name)
          }
        }
      },
    }
  }

  /** All records of one kind that have not expired. */
  all(model: string): AdapterPayload[] {
    const names = [...this.#entries.keys()].filter((name) => name.startsWith(`${model}:`))
    return names.map((name) => this.#find(name)).filter((payload) => payload !== undefined)
  }

  #find(name: string): AdapterPayload | undefined {
    const entry = this.#entries.get(name)
    return entry && entry.expiresAt > Date.now() ? entry.payload : undefined
  }

  #search(model: string, matches: (payload: AdapterPayload) => boolean) {
    for (const name of this.#entries.keys()) {
      const payload = name.startsWith(`${model}:`) ? this.#find(name) : undefined
      if (payload && matches(payload)) return payload
    }
    return undefined
  }

  #sweep(): void {
    if (this.#entries.size < 1000) return
    for (const [name, { expiresAt }] of this.#entries) {
      if (expiresAt <= Date.now()) this.#entries.delete(name)
    }
  }
}
