import { type ContentType, type ExpositionFormat, formatContentType } from '../../exposition/format.ts'

const USUAL: Readonly<Record<ExpositionFormat, ContentType>> = {
  text: {
    format: 'text',
    mediaType: 'text/plain',
    parameters: new Map([
      ['version', '0.0.4'],
      ['charset', 'utf-8'],
    ]),
  },
  openmetrics: {
    format: 'openmetrics',
    mediaType: 'application/openmetrics-text',
    parameters: new Map([
      ['version', '1.0.0'],
      ['charset', 'utf-8'],
    ]),
  },
}

/**
 * The type of an output in this format, made of answers of these types: that of the first one in this format which says
 * how names are escaped, because names of all of them may be in it; else the usual one.
 */
export function roundContentType(
  format: ExpositionFormat,
  types: readonly ContentType[],
): { readonly type: ContentType; readonly header: string } {
  const escaped = types.find(type => type.format === format && type.parameters.has('escaping'))
  const type = escaped ?? USUAL[format]
  return { type, header: formatContentType(type) }
}
