/** The exchange system takes Latin-1 only: what a name or description holds beyond it is written as near as can be. */
const NEAREST: Readonly<Record<string, string>> = {
  '‘': "'",
  '’': "'",
  '‚': "'",
  '“': '"',
  '”': '"',
  '„': '"',
  '–': '-',
  '—': '-',
  '…': '...',
  '€': 'EUR',
  '\u00a0': ' ',
  '\u202f': ' ',
  Œ: 'OE',
  œ: 'oe',
  Š: 'S',
  š: 's',
  Ž: 'Z',
  ž: 'z',
  Ł: 'L',
  ł: 'l',
  Đ: 'D',
  đ: 'd',
  ı: 'i',
};

/** One line of Latin-1 text of at most `length` characters; letters lose accents that Latin-1 has not, other signs become `?`. */
export function latin(text: string, length: number): string {
  const written = Array.from(text.normalize('NFC'), (character) => {
    if (/\p{Cc}/u.test(character)) return ' ';
    if ((character.codePointAt(0) ?? 0) <= 0xff) return character;
    const bare = character.normalize('NFKD').replaceAll(/\p{M}/gu, '');
    return NEAREST[character] ?? (/^[\u0020-\u00ff]+$/.test(bare) ? bare : '?');
  });
  return written.join('').replaceAll(/\s+/g, ' ').trim().slice(0, length).trim();
}
