/** Visible ASCII: what a request target consists of. */
const TARGET = /^\/[\x21-\x7e\x80-\xff]*$/
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/**
 * The head of a GET request, each character a byte. Throws if a part could be read as something else: whoever filled it
 * in must have checked it.
 */
export function requestHead(host: string, path: string, headers: Readonly<Record<string, string>>): string {
  if (!TARGET.test(path)) throw new Error(`BUG: ${JSON.stringify(path)} is not a request target`)
  // HTTP/1.0 servers have to be asked to keep the connection.
  let head = `GET ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`
  for (const [name, value] of Object.entries(headers)) {
    if (!NAME.test(name) || !VALUE.test(value))
      throw new Error(`BUG: ${JSON.stringify(`${name}: ${value}`)} is not a header field`)
    head += `${name}: ${value}\r\n`
  }
  return `${head}\r\n`
}
