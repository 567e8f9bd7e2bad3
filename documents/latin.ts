/** The exchange system takes Latin-1 only: what a name or description holds beyond it is written as near as can be. */
const NEAREST: Readonly<Record<string, string>> = {
  '‘': "'",
  ʼ: "'",
  '′': "'",
  '‛': "'",
  '″': '"',
  '‹': "'",
  '›': "'",
  '‐': '-',
  '‑': '-',
  '‒': '-',
  '−': '-',
  '•': '-',
  '’': "'",
  '‚': "'",
  '“': '"',
  '”': '"',
  '„': '"',
  '–': '-',
  '—': '-',
  '…': '...',
  '€': 'EUR',
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
  ẞ: 'ß',
  Ħ: 'H',
  ħ: 'h',
  Ŧ: 'T',
  ŧ: 't',
  Ŋ: 'N',
  ŋ: 'n',
  Ə: 'E',
  ə: 'e',
};

/** Small letters of other alphabets, as passports write them. */
const LETTERS: ReadonlyMap<string, string> = new Map(
  [
    'а=a б=b в=v г=g ґ=g д=d е=e є=ie ж=zh з=z и=i і=i й=i ј=j к=k л=l љ=lj м=m н=n њ=nj о=o п=p р=r с=s т=t ћ=c у=u',
    'ф=f х=kh ц=ts ч=ch џ=dz ш=sh щ=shch ъ= ы=y ь= э=e ю=iu я=ia ђ=dj ѕ=dz',
    'α=a β=v γ=g δ=d ε=e ζ=z η=i θ=th ι=i κ=k λ=l μ=m ν=n ξ=x ο=o π=p ρ=r σ=s ς=s τ=t υ=y φ=f χ=ch ψ=ps ω=o',
  ].flatMap((alphabet) => alphabet.split(' ').map((pair) => pair.split('=') as [string, string])),
);

const UNKNOWN = '?';

/**
 * One line of Latin-1 text of at most `length` characters. Letters lose accents that Latin-1 has not, Greek and Cyrillic
 * ones are written as in passports, other signs become `?`.
 */
export function latin(text: string, length: number): string {
  const written = Array.from(text.normalize('NFC'), (character) => nearest(character) ?? UNKNOWN).join('');
  return written.replaceAll(/\s+/g, ' ').trim().slice(0, length).trim();
}

/** Whether anything of a text can be read once it is written so: nothing can of one in ideograms or pictures alone. */
export function isWritable(text: string): boolean {
  return Array.from(text.normalize('NFC')).some((character) => /[\p{L}\p{N}]/u.test(nearest(character) ?? ''));
}

function nearest(character: string): string | undefined {
  if (/[\p{Cc}\p{Z}]/u.test(character)) return ' ';
  // Marks that are not seen, as they come with what is copied from elsewhere.
  if (/\p{Cf}/u.test(character)) return '';
  if ((character.codePointAt(0) ?? 0) <= 0xff) return character;
  const bare = character.normalize('NFKD').replaceAll(/\p{M}/gu, '');
  if (/^[\u0020-\u00ff]+$/.test(bare)) return bare;
  return NEAREST[character] ?? letter(bare);
}

function letter(character: string): string | undefined {
  const small = LETTERS.get(character.toLowerCase());
  if (small === undefined || character === character.toLowerCase()) return small;
  return small.charAt(0).toUpperCase() + small.slice(1);
}
