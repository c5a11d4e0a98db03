import { openScrape } from '../../proxy/gate/open-scrape.ts'
import { compileProgram } from '../../proxy/gate/program.ts'
import type { ScrapeStats } from '../../proxy/gate/stats.ts'
import { parseRelabelConfigs } from '../../proxy/relabel/config.ts'

/** What the proxy makes of an exposition, without limits. */
export function proxyScrape(rules: readonly object[], body: Buffer): { main: string; stats: ScrapeStats } {
  const program = compileProgram({ main: parseRelabelConfigs(rules, 'rules'), subsets: [] })
  const scrape = openScrape(program, 'text', { inputBytesMax: 0, outputBytesMax: 0, onLimit: 'fail' })
  const main = [...scrape.push(body), ...scrape.finish().main]
  scrape.close()
  return { main: Buffer.concat(main).toString(), stats: scrape.stats }
}
