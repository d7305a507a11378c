/* Signing out clears what one's pages keep in this browser. What was typed and is not sent yet is sent first; where that
   does not work, one is asked. What somebody else typed here and could not send stays: then only one's own is cleared.
   Until this has run, and without JavaScript, the form asks for nothing to be cleared.
   A session that ends by itself clears nothing, so that typed work is there after signing in again. */
import { ANSWERS, keysOf } from "./autosave/drafts.js";

export function watchSignOut(root) {
  for (const form of root.querySelectorAll("form[data-sign-out]")) {
    form.addEventListener("submit", (event) => signOut(event, form, `${ANSWERS}${form.dataset.signOut}-`));
  }
}

async function signOut(event, form, mine) {
  if (keysOf(localStorage, mine).length) {
    event.preventDefault();
    await Promise.all([...document.querySelectorAll("form[data-autosave]")].map((one) => one.autosave?.flush()));
    if (keysOf(localStorage, mine).length && !confirm(form.dataset.unsent)) return;
    clear(form, mine);
    form.submit();
  } else clear(form, mine);
}

function clear(form, mine) {
  for (const storage of [localStorage, sessionStorage]) for (const key of keysOf(storage, mine)) storage.removeItem(key);
  form.elements.others.value = keysOf(localStorage, ANSWERS).length ? "yes" : "";
}
