// A process of the benchmark: the naive baseline as a proxy. Arguments: the upstream's URL, a port, rules as JSON.
import { createServer, get, type IncomingMessage } from 'node:http'
import { NaiveScrape } from './naive.ts'

const [upstreamUrl = '', port = '', rules = '[]'] = process.argv.slice(2)

const open = (url: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    get(url, resolve).on('error', reject)
  })

async function scrape(): Promise<string> {
  const naive = new NaiveScrape(JSON.parse(rules))
  const body = await open(upstreamUrl)
  body.setEncoding('utf8')
  for await (const text of body) naive.push(text)
  return naive.finish()
}

const server = createServer((_request, response) => {
  scrape().then(
    text => response.end(text),
    error => response.writeHead(502).end(String(error)),
  )
})
server.keepAliveTimeout = 0
server.listen(Number(port), '127.0.0.1')
