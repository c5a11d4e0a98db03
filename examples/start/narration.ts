import type { V1Container, V1Pod } from '@kubernetes/client-node'
import { stringify } from 'yaml'
import { GATE_LABEL, INJECTED_ANNOTATION } from '../../operator/api/labels.ts'

/** Tells the reader something. */
export function say(text: string): void {
  process.stdout.write(text)
}

/** Announces a step of the story. */
export function step(title: string): void {
  say(`• ${title} …\n`)
}

/** Tells what came of the step. */
export function done(result: string): void {
  say(`  ${result}\n`)
}

/** Shows what admission added to the pod. */
export function showSidecar(pod: V1Pod, sidecar: V1Container): void {
  const { name, image, restartPolicy, args, env, ports, volumeMounts } = sidecar
  const added = {
    metadata: {
      labels: { [GATE_LABEL]: pod.metadata?.labels?.[GATE_LABEL] },
      annotations: { [INJECTED_ANNOTATION]: pod.metadata?.annotations?.[INJECTED_ANNOTATION] },
    },
    spec: { initContainers: [{ name, image, restartPolicy, args, env, ports, volumeMounts }] },
  }
  say(
    `\n  What admission added to the pod (shortened):\n\n${stringify(added).trimEnd().replace(/^/gm, '    ')}\n\n`,
  )
}
