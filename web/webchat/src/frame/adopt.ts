/** Adds the rules of a part that is loaded on demand. A constructed sheet passes the frame's `style-src 'self'`. */
export function adopt(rules: string): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(rules);
  document.adoptedStyleSheets.push(sheet);
}
