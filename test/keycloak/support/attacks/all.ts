import type { Row } from '../who-gets-what.ts'
import { WITH_STOLEN_CREDENTIALS, WITHOUT_CONSENT } from './people.ts'
import { BY_REGISTERED_CLIENTS, FOR_MORE, FOR_SERVICE_ACCOUNTS } from './registrants.ts'
import { BY_HOSTILE_SERVERS, BY_SERVERS } from './servers.ts'

/** What attackers did on realms of earlier recipes, in the order of the table in docs/realm.md. */
export const ATTACKS: readonly Row[] = [
  ...FOR_SERVICE_ACCOUNTS,
  ...BY_SERVERS,
  ...BY_HOSTILE_SERVERS,
  ...FOR_MORE,
  ...WITHOUT_CONSENT,
  ...BY_REGISTERED_CLIENTS,
  ...WITH_STOLEN_CREDENTIALS,
]
