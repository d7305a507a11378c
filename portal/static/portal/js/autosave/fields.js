/* Reading and filling the inputs of one question, and bringing its remarks up to date with what the server made. */

function controls(question) {
  return [...question.querySelectorAll("input[name], select[name], textarea[name]")].filter((one) => !one.hasAttribute("data-mark"));
}

const ticks = (control) => control.type === "checkbox" || control.type === "radio";

/* [[name, value], …] as a form would send them. */
export function entriesOf(question) {
  return controls(question)
    .filter((one) => !one.disabled && (!ticks(one) || one.checked))
    .map((one) => [one.name, one.value]);
}

export function fill(question, entries) {
  for (const control of controls(question)) {
    const values = entries.filter(([name]) => name === control.name).map(([, value]) => value);
    if (ticks(control)) control.checked = values.includes(control.value);
    else if (values.length) control.value = values[0];
    control.dispatchEvent(new Event("filled", { bubbles: true })); // nobody typed: only what counts along listens
  }
}

export const markOf = (question) => question.querySelector("[data-mark]");

/* Replaces error, doubt and conflict by those in `html`; leaves inputs alone, so neither focus nor typing is disturbed. */
export function showRemarks(question, html) {
  const made = new DOMParser().parseFromString(html, "text/html").querySelector("[data-question]");
  const [field, fresh] = [question.querySelector(".field"), made.querySelector(".field")];
  field.className = fresh.className;
  for (const attribute of ["aria-describedby"]) copyAttribute(field, fresh, attribute);
  for (const control of controls(made)) {
    const mine = question.querySelector(`#${CSS.escape(control.id)}`);
    if (mine) for (const attribute of ["aria-describedby", "aria-invalid"]) copyAttribute(mine, control, attribute);
  }
  replace(field, field.querySelector(":scope > .error"), fresh.querySelector(":scope > .error"), (error) => {
    const anchor = field.querySelector(":scope > .with-unit, :scope > .input, :scope > .choices, :scope > .parts, :scope > .matrix");
    field.insertBefore(error, anchor);
  });
  const doubt = field.querySelector(":scope > .doubt");
  const explaining = doubt?.contains(document.activeElement);
  question.dataset.remarks = explaining ? "-" : (made.dataset.remarks ?? ""); // what is not shown yet must come again
  if (!explaining) {
    replace(field, doubt, fresh.querySelector(":scope > .doubt"), (made) => {
      field.insertBefore(made, field.querySelector(":scope > [data-save-state]"));
    });
    const [mark, newMark] = [field, fresh].map((one) => one.querySelector("[data-reason-mark]"));
    if (mark && newMark) mark.value = newMark.value; // the same words may be about another answer by now
  }
  /* Texts in which an answer stands that was typed on this page. */
  for (const text of fresh.querySelectorAll("[data-said]")) {
    const mine = field.querySelector(`[data-said="${text.dataset.said}"]`);
    if (mine && mine.textContent !== text.textContent) mine.replaceChildren(...text.childNodes);
  }
  const [change, newChange] = [field, fresh].map((one) => one.querySelector("[data-change]"));
  if (change && newChange) change.textContent = newChange.textContent;
  replace(question, question.querySelector("[data-explained]"), made.querySelector("[data-explained]"), (note) => field.after(note));
  /* A conflict ends by a choice: that nothing is said of it when another question is saved does not end it. */
  const conflict = made.querySelector("[data-conflict]");
  if (conflict) replace(question, question.querySelector("[data-conflict]"), conflict, (fresh) => question.append(fresh));
}

export function clearRemarks(question) {
  question.dataset.remarks = "";
  question.querySelector(".field").classList.remove("has-error", "has-doubt");
  question.querySelectorAll(".field > .error, .field > .doubt").forEach((one) => one.remove());
  question.querySelectorAll("[data-change]").forEach((one) => (one.textContent = ""));
  question.querySelector("[data-explained]")?.remove();
  question.querySelectorAll("[aria-invalid]").forEach((one) => one.removeAttribute("aria-invalid"));
}

function replace(_parent, old, fresh, insert) {
  if (old && fresh && old.textContent.trim() === fresh.textContent.trim()) return;
  old?.remove();
  if (fresh) insert(document.adoptNode(fresh));
}

function copyAttribute(to, from, name) {
  if (from.hasAttribute(name)) to.setAttribute(name, from.getAttribute(name));
  else to.removeAttribute(name);
}
