import { readdirSync, readFileSync } from 'node:fs'
import type { KubernetesObject } from '@kubernetes/client-node'
import { parseAllDocuments } from 'yaml'

const DIRECTORY = new URL('../../examples/', import.meta.url)

/** An object that a file in examples/ describes. */
export interface Example {
  readonly file: string
  readonly object: KubernetesObject
}

/** Every object in the YAML files of examples/. */
export function examples(): Example[] {
  const files = readdirSync(DIRECTORY).filter(file => file.endsWith('.yaml'))
  return files.flatMap(file =>
    parseAllDocuments(readFileSync(new URL(file, DIRECTORY), 'utf8')).map(document => {
      if (document.errors[0] !== undefined) throw document.errors[0]
      return { file, object: document.toJS() as KubernetesObject }
    }),
  )
}
