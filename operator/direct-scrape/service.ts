import * as z from 'zod'
import { scrapeAnnotations } from './annotations.ts'

const stringMap = z.record(z.string(), z.string()).nullish()

const serviceSchema = z.object({
  metadata: z.object({ labels: stringMap, annotations: stringMap }),
  spec: z
    .object({
      type: z.string().nullish(),
      selector: stringMap,
      ports: z
        .array(
          z.object({
            name: z.string().default(''),
            port: z.int(),
            targetPort: z.union([z.int(), z.string()]).nullish(),
          }),
        )
        .nullish(),
    })
    .nullish(),
})

/** A port of a Service, and the container port to which it leads, by number or name. */
export interface ServicePort {
  /** '' where the only port of a Service has no name. */
  readonly name: string
  readonly targetPort: number | string
}

/** Of a Service what decides which pods are scraped through it. */
export interface ServiceFacts {
  readonly labels: Readonly<Record<string, string>>
  /** Empty: its endpoints are not made of pods by Kubernetes. */
  readonly selector: Readonly<Record<string, string>>
  readonly ports: readonly ServicePort[]
  /** `scrapeAnnotations`. */
  readonly annotations: Readonly<Record<string, string>>
}

/** Throws ZodError. */
export function readServiceFacts(object: unknown): ServiceFacts {
  const { metadata, spec } = serviceSchema.parse(object)
  return {
    labels: metadata.labels ?? {},
    // Kubernetes looks at no selector of an ExternalName.
    selector: spec?.type === 'ExternalName' ? {} : (spec?.selector ?? {}),
    ports: (spec?.ports ?? []).map(({ name, port, targetPort }) => ({
      name,
      targetPort: targetPort ?? port,
    })),
    annotations: scrapeAnnotations(metadata.annotations ?? {}),
  }
}
