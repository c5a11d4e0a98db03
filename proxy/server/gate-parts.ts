import type { ProxyConfig } from '../config.ts'
import type { Program } from '../gate/program.ts'
import type { Snapshots } from './snapshots.ts'

/** What scrapes work with. */
export interface GateParts {
  readonly config: ProxyConfig
  /** Another one when policies have changed: whoever begins a scrape asks for it. */
  readonly program: Program
  /** What policies leave of a target's exposition, before it is added to others; undefined without policies. */
  readonly policyFilter: Program | undefined
  readonly snapshots: Snapshots
}
