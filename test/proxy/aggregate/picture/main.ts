import { writeFileSync } from 'node:fs'
import { drawChart } from './chart.ts'
import { trace } from './trace.ts'

/** Draws the picture of docs/aggregation.md: `node test/proxy/aggregate/picture/main.ts`. */
const PICTURE = new URL('../../../../docs/images/aggregation.svg', import.meta.url)

writeFileSync(PICTURE, drawChart(trace()))
process.stdout.write(`${PICTURE.pathname}\n`)
