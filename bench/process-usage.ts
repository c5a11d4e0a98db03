import { readFileSync } from 'node:fs'

/** Linux counts CPU time for user space in these units on every architecture that Node runs on (USER_HZ). */
const TICK_MS = 10

/** CPU time, user and system, in milliseconds. */
export interface CpuTimes {
  /** Of the process, all its threads. */
  readonly ownMs: number
  /** Of its children that have ended and been waited for. */
  readonly endedChildrenMs: number
}

/** Memory of a process, in bytes. */
export interface ProcessMemory {
  /** Most that was ever resident (VmHWM). */
  readonly peakBytes: number
  readonly residentBytes: number
  /** The part of it that no file backs, and that the kernel therefore cannot reclaim. */
  readonly anonymousBytes: number
}

/** Reads the text of `/proc/<pid>/stat`: proc_pid_stat(5), fields 14 to 17. */
export function parseStat(text: string): CpuTimes {
  // The second field is a name in parentheses, in which anything may stand.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const ticks = (field: number): number => Number(fields[field - 3])
  return {
    ownMs: (ticks(14) + ticks(15)) * TICK_MS,
    endedChildrenMs: (ticks(16) + ticks(17)) * TICK_MS,
  }
}

/** Reads the text of `/proc/<pid>/status`: proc_pid_status(5). */
export function parseStatus(text: string): ProcessMemory {
  const bytes = (name: string): number => {
    const match = new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(text)
    if (match === null) throw new Error(`/proc/<pid>/status has no ${name}`)
    return Number(match[1]) * 1024
  }
  return {
    peakBytes: bytes('VmHWM'),
    residentBytes: bytes('VmRSS'),
    anonymousBytes: bytes('RssAnon'),
  }
}

/** CPU time that a process has taken so far. Throws where there is no such process, or no /proc. */
export function cpuTimesOf(pid: number): CpuTimes {
  return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))
}

/** Memory of a process now. Throws where there is no such process, or no /proc. */
export function memoryOf(pid: number): ProcessMemory {
  return parseStatus(readFileSync(`/proc/${pid}/status`, 'utf8'))
}
