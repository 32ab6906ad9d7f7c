import type { Mutant } from './mutants-list.ts'

/** The doctor from inside, with one precaution taken out. */
export const DOCTOR_INSIDE_MUTANTS: readonly Mutant[] = [
  {
    name: 'doctor: the token for deleting a trial client goes to any host',
    file: 'src/doctor/inside/examine-registration.ts',
    find: "typeof token !== 'string' || !isAt(endpoint, uri)",
    replace: "typeof token !== 'string'",
  },
  {
    name: 'doctor: a client is registered without the permission (S1.10)',
    file: 'src/doctor/inside/examine-registration.ts',
    find: 'isNeeded: () => isTried && issuer',
    replace: 'isNeeded: () => issuer',
  },
  {
    name: 'doctor: an introspection endpoint that calls everything active is good',
    file: 'src/doctor/inside/examine-introspection.ts',
    find: 'answer === undefined\n            ? goodFinding',
    replace: 'answer !== 0\n            ? goodFinding',
  },
  {
    name: 'doctor: a revoked token is good where the server never asks',
    file: 'src/doctor/inside/judge-token.ts',
    find: 'if (answer !== undefined) return',
    replace: 'return',
  },
  {
    name: 'doctor: a clock that is behind is good',
    file: 'src/doctor/inside/examine-clock.ts',
    find: 'Math.abs(ahead) > tolerance',
    replace: 'ahead > tolerance',
  },
  {
    name: 'doctor: long-lived tokens are good (S1.2)',
    file: 'src/doctor/inside/judge-token.ts',
    find: 'life !== undefined && maxTokenLifetime === undefined',
    replace: 'if (false) {',
  },
]
