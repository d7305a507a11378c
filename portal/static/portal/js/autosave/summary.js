/* The list of errors at the top of a theme, brought up to date with what the server found while somebody types. */

const codeOf = (item) => item.querySelector("a[href^='#q-']")?.getAttribute("href").slice(3) ?? "";

/* Puts the list of `html` in `place`, in the order of `questions`. What was listed of a question stays while one is
   `typing` there, and while one still has to `choose` between two answers. Returns whether something new is listed. */
export function showSummary(place, html, questions, typing, choose) {
  const made = new DOMParser().parseFromString(html, "text/html").body;
  const [old, fresh] = [place, made].map((one) => one.querySelector("[data-error-summary]"));
  const [before, found] = [old, fresh].map((one) => (one ? [...one.querySelectorAll("li")] : []));
  const told = found.filter((item) => !typing(codeOf(item)));
  const known = told.map(codeOf);
  const kept = before.filter((item) => typing(codeOf(item)) || (choose(codeOf(item)) && !known.includes(codeOf(item))));
  const items = [...told, ...kept].sort((one, other) => questions.indexOf(codeOf(one)) - questions.indexOf(codeOf(other)));
  const texts = before.map((item) => item.textContent);
  if (texts.join("\n") === items.map((item) => item.textContent).join("\n")) return false;
  const list = old ?? fresh;
  list.removeAttribute("role"); // an alert would be read out whole each time that it changes
  list.querySelector("ul").replaceChildren(...items);
  place.replaceChildren(...(items.length ? [list] : []));
  return items.some((item) => !texts.includes(item.textContent));
}
