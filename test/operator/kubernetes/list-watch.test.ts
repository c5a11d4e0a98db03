import { afterEach, describe, expect, test } from '@jest/globals'
import { eventually } from '../controller/support/eventually.ts'
import { closeAll, listWatch, names } from '../controller/support/list-watch.ts'
import {
  cut,
  event,
  json,
  list,
  type Step,
  silence,
  status,
  thing,
  watch,
} from '../controller/support/scripted-api.ts'

afterEach(closeAll)

describe('what works', () => {
  test('it lists, says that it is synced, and follows the changes', async () => {
    const { log, watched, queries } = await listWatch([
      list(5, [thing('a', 1), thing('b', 2)]),
      watch([
        event('MODIFIED', thing('a', 6)),
        event('DELETED', thing('b', 7)),
        event('ADDED', thing('c', 8)),
      ]),
    ])
    await watched.synced
    await eventually(() => expect(log).toHaveLength(6))
    expect(log).toEqual(['added a@1', 'added b@2', 'available', 'updated a@6', 'deleted b@7', 'added c@8'])
    expect(names(watched)).toEqual(['a', 'c'])
    expect(queries()).toEqual(['list limit=500', 'watch 5'])
  })

  test('it asks for metadata only, with the selector, in both requests', async () => {
    const { api } = await listWatch([list(5, [])])
    await eventually(() => expect(api.requests).toHaveLength(2))
    expect(api.accepts).toEqual([
      'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
      'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
    ])
    expect(api.requests.map(({ searchParams }) => searchParams.get('labelSelector'))).toEqual([
      'app=x',
      'app=x',
    ])
  })

  test('it asks the server to end the watch after a while, and for bookmarks', async () => {
    const { api } = await listWatch([list(5, [])])
    await eventually(() => expect(api.requests).toHaveLength(2))
    expect(api.requests[1]?.searchParams.get('timeoutSeconds')).toBe('450')
    expect(api.requests[1]?.searchParams.get('allowWatchBookmarks')).toBe('true')
  })

  test('it lists page by page', async () => {
    const { queries, watched } = await listWatch([
      list(5, [thing('a', 1)], 'p2'),
      list(5, [thing('b', 2)], 'p3'),
      list(5, [thing('c', 3)]),
    ])
    await watched.synced
    expect(names(watched)).toEqual(['a', 'b', 'c'])
    expect(queries().slice(0, 3)).toEqual([
      'list limit=500',
      'list limit=500 continue=p2',
      'list limit=500 continue=p3',
    ])
  })

  test('an event may arrive in any pieces, and letters in halves', async () => {
    const bytes = new TextEncoder().encode(event('ADDED', thing('ä', 6)) + event('ADDED', thing('b', 7)))
    const { log, watched } = await listWatch([
      list(5, []),
      watch([...bytes].map(byte => Uint8Array.of(byte))),
    ])
    await watched.synced
    await eventually(() => expect(log).toEqual(['available', 'added ä@6', 'added b@7']))
  })

  test('the collection may be null, as Go writes an empty list', async () => {
    const { watched } = await listWatch([json(200, { metadata: { resourceVersion: '1' }, items: null })])
    await watched.synced
    expect(watched.store.size).toBe(0)
  })
})

describe('what ends a watch', () => {
  const rest = [list(20, [thing('a', 1)])]
  const failures: Record<string, { step: Step; restart: string; next: string }> = {
    'the connection is cut': {
      step: watch([event('MODIFIED', thing('a', 6))], 'cut'),
      restart: 'restart failed E_API_UNREACHABLE',
      next: 'watch 6',
    },
    'the connection is cut within an event': {
      step: watch([event('MODIFIED', thing('a', 6)), event('MODIFIED', thing('a', 7)).slice(0, 20)], 'cut'),
      restart: 'restart failed E_API_UNREACHABLE',
      next: 'watch 6',
    },
    'the body ends within an event': {
      step: watch([event('MODIFIED', thing('a', 6)), event('MODIFIED', thing('a', 7)).slice(0, 20)], 'end'),
      restart: 'restart failed E_WATCH_TRUNCATED',
      next: 'watch 6',
    },
    'a line is no JSON': {
      step: watch(['{"type":"ADDED",\n']),
      restart: 'restart failed E_WATCH_SYNTAX',
      next: 'watch 5',
    },
    'an event has no object': {
      step: watch(['{"type":"ADDED"}\n']),
      restart: 'restart failed E_WATCH_SYNTAX',
      next: 'watch 5',
    },
    'nothing answers': {
      step: cut,
      restart: 'restart failed E_API_UNREACHABLE',
      next: 'watch 5',
    },
    'the server is overloaded': {
      step: status(429, 'TooManyRequests'),
      restart: 'restart failed E_API_STATUS',
      next: 'watch 5',
    },
    'the server ends it at once': {
      step: watch([], 'end'),
      restart: 'restart failed E_WATCH_ENDED_EARLY',
      next: 'watch 5',
    },
    'an event says 410 Gone': {
      step: watch([
        event('MODIFIED', thing('a', 6)),
        event('ERROR', { code: 410, reason: 'Expired', message: 'too old' }),
      ]),
      restart: 'restart expired E_API_STATUS',
      next: 'list limit=500',
    },
    'the answer is 410 Gone': {
      step: status(410, 'Expired'),
      restart: 'restart expired E_API_STATUS',
      next: 'list limit=500',
    },
    'the version is one that the server has not reached, as after a restore of etcd': {
      step: status(504, 'Timeout', { details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } }),
      restart: 'restart expired E_API_STATUS',
      next: 'list limit=500',
    },
  }
  test.each(Object.entries(failures))(
    '%s: it goes on where it was, or lists anew',
    async (_name, { step, restart, next }) => {
      const { queries, log, watched } = await listWatch([list(5, [thing('a', 1)]), step, ...rest])
      await watched.synced
      await eventually(() => expect(queries().length).toBeGreaterThanOrEqual(3))
      expect(log).toContain(restart)
      expect(queries()[2]).toBe(next)
    },
  )

  test('the server ends it in the usual way: the next begins at once, where the last ended', async () => {
    const { queries, log, clock } = await listWatch([
      list(5, []),
      watch([event('BOOKMARK', thing('', 9))], 'end'),
      watch([event('ADDED', thing('a', 10))]),
    ])
    await eventually(() => expect(log).toEqual(['available', 'added a@10']))
    expect(queries()).toEqual(['list limit=500', 'watch 5', 'watch 9'])
    expect(clock.waitsMs).toEqual([])
  })

  test('a silent connection is given up', async () => {
    const { queries, log } = await listWatch([list(5, []), watch([])], { silenceMsMax: 200 })
    await eventually(() => expect(queries()).toEqual(['list limit=500', 'watch 5', 'watch 5']))
    expect(log).toContain('restart failed E_API_UNREACHABLE')
  })

  test('an event beyond every bound is given up, not gathered', async () => {
    const endless = 'x'.repeat(17 * 1024 * 1024)
    const { log } = await listWatch([list(5, []), watch([endless])])
    await eventually(() => expect(log).toContain('restart failed E_WATCH_EVENT_SIZE'))
  })
})

describe('listing anew', () => {
  test('tells only what has changed meanwhile, deletions too', async () => {
    const { log, watched } = await listWatch([
      list(5, [thing('same', 1), thing('changed', 2), thing('gone', 3)]),
      status(410, 'Expired'),
      list(9, [thing('same', 1), thing('changed', 8), thing('new', 9)]),
    ])
    await eventually(() => expect(names(watched)).toContain('new'))
    expect(log.slice(5)).toEqual(['deleted gone@3', 'updated changed@8', 'added new@9'])
  })

  test('a list whose later pages have expired is read as one', async () => {
    const { queries, watched } = await listWatch([
      list(5, [thing('a', 1)], 'p2'),
      status(410, 'Expired'),
      list(6, [thing('a', 1), thing('b', 2)]),
    ])
    await watched.synced
    expect(names(watched)).toEqual(['a', 'b'])
    expect(queries().slice(0, 3)).toEqual(['list limit=500', 'list limit=500 continue=p2', 'list'])
  })

  test('a version with which a watch fails again and again is given up', async () => {
    const { queries } = await listWatch([list(5, []), ...Array<Step>(5).fill(status(500, 'InternalError'))])
    await eventually(() => expect(queries()).toHaveLength(7))
    expect(queries().slice(5)).toEqual(['watch 5', 'list limit=500'])
  })
})

describe('backoff', () => {
  test('grows while nothing answers, and is bounded', async () => {
    const { clock } = await listWatch(Array<Step>(12).fill(cut))
    await eventually(() => expect(clock.waitsMs).toHaveLength(12))
    expect(clock.waitsMs).toEqual([
      150, 300, 600, 1200, 2400, 4800, 9600, 19_200, 22_500, 22_500, 22_500, 22_500,
    ])
  })

  test('starts again after a watch that worked', async () => {
    const works = watch([event('BOOKMARK', thing('', 6))], 'cut')
    const { clock } = await listWatch([cut, cut, list(5, []), works, works])
    await eventually(() => expect(clock.waitsMs).toHaveLength(4))
    expect(clock.waitsMs).toEqual([150, 300, 150, 150])
  })

  test('waits for as long as the server asks', async () => {
    const { clock } = await listWatch([status(429, 'TooManyRequests', { details: { retryAfterSeconds: 7 } })])
    await eventually(() => expect(clock.waitsMs).toEqual([7000]))
  })

  const answers: Record<string, Step> = {
    'an answer that is no JSON': response => response.end('<html>'),
    'an answer that is no list': json(200, { kind: 'Pod' }),
    'no permission': status(403, 'Forbidden'),
    'a proxy between us and the server': response => response.writeHead(502).end('Bad Gateway'),
  }
  test.each(Object.entries(answers))('%s is tried again', async (_name, step) => {
    const { watched } = await listWatch([step, list(5, [thing('a', 1)])])
    await watched.synced
    expect(names(watched)).toEqual(['a'])
  })
})

describe('no permission', () => {
  const forbidden = status(403, 'Forbidden')

  test('may be over soon: a few refusals settle nothing', async () => {
    const { watched, clock } = await listWatch([...Array<Step>(3).fill(forbidden), silence])
    await eventually(() => expect(clock.waitsMs).toHaveLength(3))
    expect(watched.isSettled).toBe(false)
  })

  test('that lasts is an answer, and told until it is granted', async () => {
    const { watched } = await listWatch([...Array<Step>(4).fill(forbidden), silence])
    await watched.settled
    expect(watched).toMatchObject({ isSettled: true, available: undefined })
    expect(watched.trouble?.message).toBe('GET /api/v1/things: 403 Forbidden: it is Forbidden')
  })

  test('that is granted late is made use of', async () => {
    const { watched } = await listWatch([...Array<Step>(6).fill(forbidden), list(5, [thing('a', 1)])])
    await watched.synced
    expect(watched).toMatchObject({ isSettled: true, available: true, trouble: undefined })
  })

  test('to watch is trouble although the list is known', async () => {
    const { watched } = await listWatch([list(5, [thing('a', 1)]), forbidden, silence])
    await eventually(() => expect(watched.trouble?.message).toContain('/api/v1/things: 403 '))
    expect(names(watched)).toEqual(['a'])
  })

  test('is not what an API server that is away says', async () => {
    const { watched, clock } = await listWatch(Array<Step>(8).fill(cut))
    await eventually(() => expect(clock.waitsMs).toHaveLength(8))
    expect(watched.isSettled).toBe(false)
  })
})

describe('a kind that the cluster does not have', () => {
  test('is an empty store, and looked for until it is there', async () => {
    const { log, watched, clock } = await listWatch([
      status(404, 'NotFound'),
      response => response.writeHead(404).end('404 page not found'),
      list(5, [thing('a', 1)]),
    ])
    await watched.synced
    await eventually(() => expect(log).toHaveLength(5))
    expect(log).toEqual([
      'absent',
      'restart absent E_API_STATUS',
      'restart absent E_API_STATUS',
      'added a@1',
      'available',
    ])
    expect(clock.waitsMs).toEqual([1500, 3000])
  })

  test('may go away', async () => {
    const { log, watched } = await listWatch([
      list(5, [thing('a', 1)]),
      watch([], 'cut'),
      status(404, 'NotFound'),
      status(404, 'NotFound'),
    ])
    await eventually(() => expect(watched.available).toBe(false))
    expect(log).toContain('deleted a@1')
    expect(watched.store.size).toBe(0)
  })
})

describe('code that is not ours', () => {
  test('a handler that throws is told about, and the watch goes on', async () => {
    const { log, queries } = await listWatch(
      [list(5, []), watch([event('ADDED', thing('a', 6)), event('ADDED', thing('b', 7))])],
      {
        onChange: () => {
          throw new Error('the handler is broken')
        },
      },
    )
    await eventually(() => expect(log).toHaveLength(5))
    expect(log).toEqual([
      'available',
      'added a@6',
      'error the handler is broken',
      'added b@7',
      'error the handler is broken',
    ])
    expect(queries()).toEqual(['list limit=500', 'watch 5'])
  })

  test('an object that cannot be read is told about, and the others are kept', async () => {
    const { log, watched } = await listWatch([list(5, [{ metadata: { name: 1 } }, thing('a', 1)])])
    await watched.synced
    expect(names(watched)).toEqual(['a'])
    expect(log.filter(line => line.startsWith('error'))).toHaveLength(1)
  })
})

describe('liveness', () => {
  test('a bookmark is progress', async () => {
    const { api, watched, clock } = await listWatch([
      list(5, []),
      watch([event('BOOKMARK', thing('', 6))], 'end'),
    ])
    await eventually(() => expect(api.requests).toHaveLength(3))
    const before = watched.lastProgressMs
    clock.pass(60_000)
    expect(watched.lastProgressMs).toBe(before)
    expect(clock.now() - before).toBe(60_000)
  })

  test('a try that fails is activity, but no progress', async () => {
    const { watched, clock } = await listWatch(Array<Step>(5).fill(cut))
    const before = watched.lastProgressMs
    await eventually(() => expect(clock.waitsMs).toHaveLength(5))
    expect(watched.lastProgressMs).toBe(before)
    expect(watched.lastActivityMs).toBeGreaterThan(before)
  })
})

describe('stop', () => {
  const places: Record<string, Step[]> = {
    'within a list': [silence],
    'within a watch': [list(5, []), watch([])],
    'before a watch is answered': [list(5, []), silence],
  }
  test.each(Object.entries(places))('%s leaves no connection', async (_name, steps) => {
    const { api, watched, client } = await listWatch(steps)
    await eventually(() => expect(api.requests).toHaveLength(steps.length))
    await watched.stop()
    await client.close()
    await eventually(async () => expect(await api.connections()).toBe(0))
  })

  test('within a wait leaves no timer', async () => {
    const { watched, log, clock } = await listWatch([cut])
    await eventually(() => expect(log).toContain('restart failed E_API_UNREACHABLE'))
    await watched.stop()
    expect(clock.pending).toBe(0)
  })
})
