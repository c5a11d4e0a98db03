import { describe, expect, test } from '@jest/globals'
import { readWorkload } from '../../../operator/controller/workload.ts'

const PROGRESSING = {
  type: 'Progressing',
  status: 'True',
  reason: 'ReplicaSetUpdated',
  message: 'is progressing',
}
const DONE = { ...PROGRESSING, reason: 'NewReplicaSetAvailable', message: 'has successfully progressed' }
const LATE = { ...PROGRESSING, status: 'False', reason: 'ProgressDeadlineExceeded', message: 'has timed out' }
const REFUSED = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota' }

function deployment(status: Record<string, unknown>, generation = 2): unknown {
  return { metadata: { generation }, status: { observedGeneration: 2, ...status } }
}

const RUNNING = { replicas: 1, updatedReplicas: 1, availableReplicas: 1 }

describe('a Deployment', () => {
  test.each<[string, unknown, ReturnType<typeof readWorkload>]>([
    [
      'that has just been made',
      { metadata: { generation: 1 } },
      { available: false, rollout: 'progressing', message: '' },
    ],
    [
      'whose pod starts',
      deployment({ replicas: 1, updatedReplicas: 1, conditions: [PROGRESSING] }),
      { available: false, rollout: 'progressing', message: 'is progressing' },
    ],
    [
      'that runs',
      deployment({ ...RUNNING, conditions: [DONE] }),
      { available: true, rollout: 'complete', message: 'has successfully progressed' },
    ],
    [
      'that is asked for something else since',
      deployment({ ...RUNNING, conditions: [DONE] }, 3),
      { available: true, rollout: 'progressing', message: 'has successfully progressed' },
    ],
    [
      'whose next pod starts beside the old one',
      deployment({ ...RUNNING, replicas: 2, conditions: [PROGRESSING] }),
      { available: true, rollout: 'progressing', message: 'is progressing' },
    ],
    [
      'whose old pod has not gone yet',
      deployment({ ...RUNNING, replicas: 2, conditions: [DONE] }),
      { available: true, rollout: 'progressing', message: 'has successfully progressed' },
    ],
    [
      'whose pod was lost after it ran',
      deployment({ replicas: 1, updatedReplicas: 1, conditions: [DONE] }),
      { available: false, rollout: 'complete', message: 'has successfully progressed' },
    ],
    [
      'that takes too long',
      deployment({ replicas: 1, updatedReplicas: 1, conditions: [LATE] }),
      { available: false, rollout: 'failed', message: 'has timed out' },
    ],
    [
      'that took too long and is asked for something else since',
      deployment({ replicas: 1, updatedReplicas: 1, conditions: [LATE] }, 3),
      { available: false, rollout: 'progressing', message: 'has timed out' },
    ],
    [
      'whose pod is refused: that is what is said',
      deployment({ conditions: [PROGRESSING, REFUSED] }),
      { available: false, rollout: 'progressing', message: 'exceeded quota' },
    ],
  ])('%s', (_title, object, expected) => {
    expect(readWorkload(object)).toEqual(expected)
  })
})
