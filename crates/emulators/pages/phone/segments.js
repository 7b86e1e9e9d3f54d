// How many parts a text costs: 160 or 153 small characters, 70 or 67 units of any other alphabet.
const BASIC = new Set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ!\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà");
const EXTENDED = new Set("\f^{}\\[~]|€");

export function segments(text) {
  const letters = [...text];
  const small = letters.every((letter) => BASIC.has(letter) || EXTENDED.has(letter));
  const size = (letter) => (small ? (EXTENDED.has(letter) ? 2 : 1) : letter.length);
  const total = letters.reduce((sum, letter) => sum + size(letter), 0);
  const [alone, row] = small ? [160, 153] : [70, 67];
  if (total <= alone) return { count: 1, left: alone - total };
  let count = 1;
  let used = 0;
  for (const letter of letters) {
    if (used + size(letter) > row) {
      count += 1;
      used = 0;
    }
    used += size(letter);
  }
  return { count, left: row - used };
}
