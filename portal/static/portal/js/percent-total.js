/* Keeps the running total of a set of parts (components/percentage_set.html) while one types. The server decides; this only counts along. */

/* "12,5", "12.5", "1.234,5" and "" → number; anything else → NaN, so the total shows a dash instead of a wrong sum. */
export function parseDutch(typed) {
  const text = typed.trim().replace(/[\s%]/g, "");
  if (text === "") return 0;
  const plain = text.includes(",") ? text.replace(/\./g, "").replace(",", ".") : text;
  return /^-?\d+(\.\d+)?$/.test(plain) ? Number(plain) : NaN;
}

function update(set) {
  const row = set.querySelector("[data-percent-total]");
  const parts = [...set.querySelectorAll("[data-percent-part]")];
  const sum = parts.reduce((total, part) => total + parseDutch(part.value), 0);
  const rounded = Math.round(sum * 1e6) / 1e6;
  const language = document.documentElement.lang || "nl";
  row.querySelector("output").value = Number.isNaN(rounded) ? "–" : rounded.toLocaleString(language, { maximumFractionDigits: 2 });
  const touched = parts.some((part) => part.value.trim() !== "");
  row.dataset.fits = touched ? (Math.abs(rounded - Number(set.dataset.total)) < 1e-6 ? "yes" : "no") : "";
}

export function watchPercentSets(root) {
  for (const set of root.querySelectorAll("[data-percent-set]")) update(set);
  for (const kind of ["input", "filled"]) {
    root.addEventListener(kind, (event) => {
      const set = event.target.closest("[data-percent-set]");
      if (set) update(set);
    });
  }
  root.addEventListener("htmx:load", (event) => {
    for (const set of event.target.querySelectorAll?.("[data-percent-set]") ?? []) update(set);
  });
}
