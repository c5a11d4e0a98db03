import { execFile } from 'node:child_process'

/** Runs kubectl against one cluster, as a user would in a shell. */
export class Kubectl {
  readonly #program: string
  readonly #environment: NodeJS.ProcessEnv

  constructor(program: string, kubeconfig: string, environment: NodeJS.ProcessEnv) {
    this.#program = program
    this.#environment = { ...environment, KUBECONFIG: kubeconfig }
  }

  /**
   * Resolves to what kubectl printed.
   * @throws Error with the command and what kubectl said
   */
  run(args: readonly string[], input = ''): Promise<string> {
    return new Promise((resolve, reject) => {
      const options = { env: this.#environment, maxBuffer: 64 << 20 }
      const child = execFile(this.#program, args, options, (error, stdout, stderr) => {
        if (error === null) resolve(stdout)
        else reject(new Error(`kubectl ${args.join(' ')}: ${stderr.trim() || error.message}`))
      })
      // kubectl may end without reading its input: its exit code says what was wrong.
      child.stdin?.on('error', () => undefined).end(input)
    })
  }
}
