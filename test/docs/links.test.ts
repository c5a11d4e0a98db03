import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from '@jest/globals'

const ROOT = join(import.meta.dirname, '../..')
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter(file => file.endsWith('.md'))
    .map(file => `docs/${file}`),
]
const FENCED = /^ *```.*?^ *```$/gms
const CODE = /`[^`\n]*`/g
const LINK = /\]\(([^)\s]+)\)/g
const ELSEWHERE = /^[a-z]+:/

/** What a page says in prose: its text without what stands in fences. */
function prose(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8').replace(FENCED, '')
}

/** The anchors of a page, as GitHub makes them of headings (github.com/gjtorikian/html-pipeline, toc_filter.rb). */
function anchorsOf(path: string): Set<string> {
  const anchors = new Set<string>()
  for (const [, heading = ''] of prose(path).matchAll(/^#+ (.+)$/gm)) {
    const text = heading.replace(LINK, ']').toLowerCase()
    const base = text.replace(/[^\p{L}\p{N}_ -]/gu, '').replaceAll(' ', '-')
    let anchor = base
    for (let times = 1; anchors.has(anchor); times++) anchor = `${base}-${times}`
    anchors.add(anchor)
  }
  return anchors
}

/** Where the links of a page lead to. */
function linksOf(path: string): string[] {
  return [...prose(path).replace(CODE, '').matchAll(LINK)].map(([, link = '']) => link)
}

/** What is wrong with a link of a page; undefined: nothing. */
function faultOf(page: string, link: string): string | undefined {
  const [file = '', anchor] = link.split('#')
  const target = file === '' ? page : join(dirname(page), file)
  if (!existsSync(join(ROOT, target))) return `${link}: there is no ${target}`
  if (anchor === undefined) return undefined
  if (!target.endsWith('.md')) return `${link}: only pages have anchors`
  return anchorsOf(target).has(anchor) ? undefined : `${link}: ${target} has no heading for #${anchor}`
}

describe.each(PAGES)('%s', page => {
  test('leads nowhere that is not there', () => {
    const faults = linksOf(page)
      .filter(link => !ELSEWHERE.test(link))
      .map(link => faultOf(page, link))
    expect(faults.filter(fault => fault !== undefined)).toEqual([])
  })

  test('names no file of the repository that is not there', () => {
    const names = [
      ...prose(page).matchAll(/`((?:bench|charts|crds|docs|examples|operator|proxy|test)\/[\w./-]+)`/g),
    ]
    const missing = names.map(([, name = '']) => name).filter(name => !existsSync(join(ROOT, name)))
    expect(missing).toEqual([])
  })
})

test('every page of docs is one that the README leads to', () => {
  const links = new Set(linksOf('README.md').map(link => link.split('#')[0]))
  expect(PAGES.filter(page => page.startsWith('docs/') && !links.has(page))).toEqual([])
})
