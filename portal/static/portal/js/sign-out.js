/* Signing out clears what one's pages keep in this browser. What was typed and is not sent yet is sent first; where that
   does not work, one is asked. What somebody else typed here and could not send stays: then only one's own is cleared.
   Until this has run, and without JavaScript, the form asks for nothing to be cleared.
   A session that ends by itself clears nothing, so that typed work is there after signing in again. */
import { ANSWERS, keysOf, storageOf } from "./autosave/drafts.js";

export function watchSignOut(root) {
  for (const form of root.querySelectorAll("form[data-sign-out]")) {
    form.addEventListener("submit", (event) => signOut(event, form, `${ANSWERS}${form.dataset.signOut}-`));
  }
}

async function signOut(event, form, mine) {
  const pages = [...document.querySelectorAll("form[data-autosave]")].map((one) => one.autosave).filter(Boolean);
  const unsent = () =>
    keysOf(storageOf("localStorage"), mine).length || pages.some((one) => Object.keys(one.waiting).length);
  if (unsent()) {
    event.preventDefault();
    await Promise.all(pages.map((one) => one.flush()));
    if (unsent() && !confirm(form.dataset.unsent)) return;
    for (const one of pages) one.passing = true; // asked already
    clear(form, mine);
    form.submit();
  } else clear(form, mine);
}

function clear(form, mine) {
  const storages = [storageOf("localStorage"), storageOf("sessionStorage")];
  for (const storage of storages) for (const key of keysOf(storage, mine)) storage.removeItem(key);
  form.elements.others.value = keysOf(storages[0], ANSWERS).length ? "yes" : "";
}
