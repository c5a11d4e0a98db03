import type { V1Container } from '@kubernetes/client-node'

/** What the kubelet finds when it starts a container. */
export interface Node {
  /** Values of Secrets by `name/key`. */
  readonly secrets?: Readonly<Record<string, string>>
  /** Fields of the pod by their paths. */
  readonly fields?: Readonly<Record<string, string>>
}

/**
 * The environment that a container starts with. Source: Kubernetes' documentation of EnvVar: `$(NAME)` is replaced by a
 * variable that is defined further up, and otherwise stays; an optional reference that leads nowhere sets nothing.
 *
 * @throws {Error} where the kubelet would not start the container
 */
export function environmentOf({ env = [] }: V1Container, { secrets = {}, fields = {} }: Node = {}) {
  const environment: Record<string, string> = {}
  for (const { name, value, valueFrom } of env) {
    const { secretKeyRef, fieldRef } = valueFrom ?? {}
    const found =
      secretKeyRef === undefined
        ? fieldRef === undefined
          ? expand(value ?? '', environment)
          : fields[fieldRef.fieldPath]
        : secrets[`${secretKeyRef.name}/${secretKeyRef.key}`]
    if (found !== undefined) environment[name] = found
    else if (secretKeyRef?.optional !== true) throw new Error(`CreateContainerConfigError: ${name}`)
  }
  return environment
}

function expand(text: string, environment: Readonly<Record<string, string>>): string {
  return text.replace(/\$\(([^)]*)\)/g, (reference, name: string) => environment[name] ?? reference)
}
