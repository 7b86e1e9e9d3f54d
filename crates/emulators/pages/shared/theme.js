// Follows the reader's light or dark before anything is drawn.
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const turn = () => { document.documentElement.dataset.theme = dark.matches ? "dark" : "light"; };
  dark.addEventListener("change", turn);
  turn();
})();
