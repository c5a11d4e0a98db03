import { writeFileSync } from 'node:fs'
import { renderDefinition } from './definition.ts'
import { renderApiReference } from './reference.ts'

writeFileSync(new URL('metricgates.metricgate.io.yaml', import.meta.url), renderDefinition())
writeFileSync(new URL('../docs/api.md', import.meta.url), renderApiReference())
