import { readFile } from 'node:fs/promises'
import * as z from 'zod'

/** A request that the API server answered. */
export interface AuditEntry {
  readonly user: string
  /** Of the API, not of HTTP: list, watch, patch, … */
  readonly verb: string
  /** '' is the core group. */
  readonly apiGroup: string
  /** Plural, with the subresource if there was one: "pods", "pods/status". */
  readonly resource: string
  /** '' where the request is about the cluster, or about all namespaces. */
  readonly namespace: string
  /** '' where the request names no object; a list restricted to one object by its field `metadata.name` names that. */
  readonly name: string
  /** HTTP status. */
  readonly code: number
  /** What the API server said about a refusal. */
  readonly message: string
}

const eventSchema = z
  .object({
    verb: z.string(),
    user: z.object({ username: z.string() }),
    objectRef: z
      .object({
        apiGroup: z.string().default(''),
        resource: z.string().default(''),
        subresource: z.string().optional(),
        namespace: z.string().default(''),
        name: z.string().default(''),
      })
      .optional(),
    responseStatus: z.object({ code: z.number(), message: z.string().default('') }),
  })
  .transform(({ verb, user, objectRef, responseStatus: { code, message } }): AuditEntry => {
    const { apiGroup = '', resource = '', subresource, namespace = '', name = '' } = objectRef ?? {}
    const of = { apiGroup, resource: subresource === undefined ? resource : `${resource}/${subresource}` }
    return { user: user.username, verb, ...of, namespace, name, code, message }
  })

/**
 * The audit policy for `--audit-policy-file`: one line for each request that members of these groups make, when its answer begins,
 * without bodies.
 */
export function auditPolicy(userGroups: readonly string[]): string {
  return JSON.stringify({
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    // A watch would be recorded once more when it ends.
    omitStages: ['RequestReceived'],
    rules: [{ level: 'Metadata', userGroups }, { level: 'None' }],
  })
}

/** Reads what `--audit-log-path` has written so far. Throws ZodError. */
export async function readAuditLog(path: string): Promise<AuditEntry[]> {
  const lines = (await readFile(path, 'utf8')).split('\n')
  // The last line is empty, or still being written.
  return lines.slice(0, -1).map(line => eventSchema.parse(JSON.parse(line)))
}
