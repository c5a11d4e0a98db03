import { writeFileSync } from 'node:fs'
import { renderDefinition } from './definition.ts'

writeFileSync(new URL('metricgates.metricgate.io.yaml', import.meta.url), renderDefinition())
