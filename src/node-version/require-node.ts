// Import this before undici, which would fail on an old Node with an error that names no version.
// It runs on import, so package.json lists it under `sideEffects`: bundlers must not drop it.
import { unsupportedNode } from './unsupported-node.ts'

const fault = unsupportedNode()
if (fault !== undefined) throw new Error(fault)
