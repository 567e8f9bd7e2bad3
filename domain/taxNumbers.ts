/** The Luhn digit at the end of every Italian VAT number, and of each tax code of 11 digits. */
export function hasCheckDigit(number: string): boolean {
  const sum = number.split('').reduce((total, digit, index) => {
    const weighted = Number(digit) * (index % 2 === 0 ? 1 : 2);
    return total + (weighted > 9 ? weighted - 9 : weighted);
  }, 0);
  return sum % 10 === 0;
}
