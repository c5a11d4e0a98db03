import * as z from 'zod'
import { type Resources, resourcesSchema } from './api/resources.ts'
import { type ProxyUser, USER_MAX } from './resources/container.ts'

const RESOURCES_FORM =
  'JSON as in spec.proxy.resources: {"requests":{"cpu":"10m"},"limits":{"cpu":"500m","memory":"256Mi"}}'
const USER_FORM = `the number of a user from 1 to ${USER_MAX}, or "image"`

/** Resources of sidecars: the schema of `spec.proxy.resources`, but a member that it does not know is not passed over. */
export const proxyResourcesSchema = z.string().transform((text, context): Resources => {
  const refuse = (fault: string): void =>
    context.addIssue({ code: 'custom', message: `${RESOURCES_FORM} (${fault})` })
  try {
    const parsed = resourcesSchema.strict().safeParse(JSON.parse(text))
    if (parsed.success) return parsed.data
    for (const { path, message } of parsed.error.issues) {
      refuse(path.length === 0 ? message : `${path.join('.')}: ${message}`)
    }
  } catch (cause) {
    refuse(Error.isError(cause) ? cause.message : String(cause))
  }
  return z.NEVER
})

/** Whom proxies run as. Never root: a container that must not be root would not start. */
export const proxyUserSchema = z
  .string()
  .regex(/^(image|[1-9][0-9]*)$/, USER_FORM)
  .transform((text): ProxyUser => (text === 'image' ? text : Number(text)))
  .refine(user => user === 'image' || user <= USER_MAX, USER_FORM)
