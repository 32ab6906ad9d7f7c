/** The server of the quick start, which logs its decisions: `node examples/logs/server.ts json` or `pino`. */
import { createApp } from '../quick-start/server.ts'
import { logAsJsonLines } from './as-json-lines.ts'
import { logWithPino } from './with-pino.ts'

const port = Number(process.env.PORT ?? 3001)

if (process.argv[2] === 'pino') logWithPino()
else logAsJsonLines()
// The address goes to standard error, so that standard output has only the lines of the log.
createApp()
  .listen(port, '127.0.0.1')
  .once('listening', () => console.error(`http://127.0.0.1:${port}/mcp`))
